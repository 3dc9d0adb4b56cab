#include "http/router.h"

#include <algorithm>
#include <set>

namespace greenroom {
namespace {

constexpr size_t kDefaultBodyLimit = 1u << 20;

Error BadRoute(const Route& route, std::string_view why) {
  return Error{ErrorCode::kInvalidArgument, "bad_route",
               "route " + route.method + " " + route.pattern + " " + std::string(why)};
}

std::vector<std::string> SplitPattern(std::string_view pattern) {
  std::vector<std::string> segments;
  size_t start = 1;
  while (start < pattern.size()) {
    const size_t end = std::min(pattern.find('/', start), pattern.size());
    segments.emplace_back(pattern.substr(start, end - start));
    start = end + 1;
  }
  return segments;
}

bool IsParameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool IsRest(std::string_view segment) { return IsParameter(segment) && segment.ends_with("...}"); }

std::string ParameterName(std::string_view segment) {
  const size_t tail = IsRest(segment) ? 4 : 1;
  return std::string(segment.substr(1, segment.size() - 1 - tail));
}

Result<void> CheckRoute(const Route& route, const std::vector<std::string>& segments) {
  if (route.policy.empty()) return BadRoute(route, "has no policy");
  if (!route.handler) return BadRoute(route, "has no handler");
  if (route.name.empty()) return BadRoute(route, "has no name");
  if (route.method.empty() || route.pattern.empty() || route.pattern[0] != '/') return BadRoute(route, "is malformed");
  std::set<std::string> names;
  for (size_t i = 0; i < segments.size(); ++i) {
    const std::string& segment = segments[i];
    if (segment.empty()) return BadRoute(route, "has an empty segment");
    if (!IsParameter(segment)) {
      if (segment.find_first_of("{}") != std::string::npos) return BadRoute(route, "has a malformed parameter");
      continue;
    }
    if (IsRest(segment) && i + 1 != segments.size()) return BadRoute(route, "goes on after a rest parameter");
    if (!names.insert(ParameterName(segment)).second) return BadRoute(route, "names a parameter twice");
  }
  return {};
}

}  // namespace

// A tree by segments. `routes` holds the index of the route for each method that ends here.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;
  std::map<std::string, size_t, std::less<>> routes;

  // Depth-first with literals first. Collects the methods of every full match, so that a less specific route with the
  // right method is still found.
  using Visitor = std::function<bool(const Node&)>;
  bool Visit(const std::vector<std::string>& segments, size_t at, size_t count, const Visitor& visit) const {
    if (at == count) return !routes.empty() && visit(*this);
    if (const auto found = literals.find(segments[at]); found != literals.end()) {
      if (found->second->Visit(segments, at + 1, count, visit)) return true;
    }
    if (segments[at].empty()) return false;
    if (parameter && parameter->Visit(segments, at + 1, count, visit)) return true;
    return rest && visit(*rest);
  }
};

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {}
Router::~Router() = default;

Result<std::unique_ptr<Router>> Router::Create(std::vector<Route> routes) {
  std::unique_ptr<Router> router(new Router(std::move(routes)));
  std::set<std::string> names;
  for (size_t i = 0; i < router->routes_.size(); ++i) {
    const Route& route = router->routes_[i];
    router->patterns_.push_back(SplitPattern(route.pattern));
    GR_TRY(CheckRoute(route, router->patterns_.back()));
    if (!names.insert(route.name).second) return BadRoute(route, "uses the name " + route.name + " a second time");
    GR_TRY(router->Insert(i));
  }
  return router;
}

Result<void> Router::Insert(size_t index) {
  const Route& route = routes_[index];
  Node* node = root_.get();
  for (const std::string& segment : patterns_[index]) {
    std::unique_ptr<Node>& next = IsRest(segment)        ? node->rest
                                  : IsParameter(segment) ? node->parameter
                                                         : node->literals[segment];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  if (!node->routes.emplace(route.method, index).second) return BadRoute(route, "exists twice");
  return {};
}

RouteMatch Router::Find(const HttpRequest& request) const {
  const std::vector<std::string>& segments = request.path_segments;
  const size_t count = segments.size() - (!segments.empty() && segments.back().empty() ? 1 : 0);
  RouteMatch match;
  std::set<std::string_view> allowed;
  root_->Visit(segments, 0, count, [&](const Node& node) {
    auto found = node.routes.find(request.method);
    if (found == node.routes.end() && request.method == "HEAD") found = node.routes.find("GET");
    if (found != node.routes.end()) {
      match.route = &routes_[found->second];
      return true;
    }
    for (const auto& [method, index] : node.routes) allowed.insert(method);
    return false;
  });
  if (!match.route) {
    if (allowed.empty()) return match;
    match.kind = RouteMatch::Kind::kMethodNotAllowed;
    if (allowed.contains("GET")) allowed.insert("HEAD");
    for (const std::string_view method : allowed) match.allow.append(match.allow.empty() ? "" : ", ").append(method);
    return match;
  }
  match.kind = RouteMatch::Kind::kFound;
  size_t at = 0;
  for (const std::string& segment : patterns_[static_cast<size_t>(match.route - routes_.data())]) {
    if (IsRest(segment)) {
      std::string joined = segments[at];
      for (size_t i = at + 1; i < count; ++i) joined.append("/").append(segments[i]);
      match.params.emplace(ParameterName(segment), std::move(joined));
    } else if (IsParameter(segment)) {
      match.params.emplace(ParameterName(segment), segments[at]);
    }
    ++at;
  }
  return match;
}

void Router::Dispatch(std::shared_ptr<HttpRequest> request, Responder respond, std::string_view version) const {
  RouteMatch match = Find(*request);
  if (match.kind == RouteMatch::Kind::kFound) {
    request->params = std::move(match.params);
    match.route->handler(std::move(request), std::move(respond));
    return;
  }
  if (match.kind == RouteMatch::Kind::kNotFound) {
    respond(FailureResponse(HttpFailure{404, "route_not_found", "there is nothing at " + request->path}, version,
                            request->request_id));
    return;
  }
  HttpResponse response = FailureResponse(HttpFailure{405, "method_not_allowed", "this path takes " + match.allow},
                                          version, request->request_id);
  response.headers.Set("Allow", match.allow);
  respond(std::move(response));
}

size_t Router::BodyLimitFor(const HttpRequest& head) const {
  const RouteMatch match = Find(head);
  return match.route ? match.route->body_limit : kDefaultBodyLimit;
}

Result<std::shared_ptr<BodySink>> Router::BodySinkFor(const HttpRequest& head) const {
  RouteMatch match = Find(head);
  if (!match.route || !match.route->body_sink) return std::shared_ptr<BodySink>();
  HttpRequest with_params = head;
  with_params.params = std::move(match.params);
  return match.route->body_sink(with_params);
}

}  // namespace greenroom
