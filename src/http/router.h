// Router: the table of all routes. It is the one place that says which paths exist, who may use them and what they take
// and give, so that dispatch, the access check and the API description cannot differ.
//
//   GR_ASSIGN(auto router, Router::Create({{.method = "GET", .pattern = "/conversations/{conversation_id}/tracker",
//                                           .name = "get_tracker", .policy = "conversation:read", .handler =
//                                           Tracker}}));
//   router->Dispatch(request, respond, "0.1.0");
//
// Patterns: literal segments, `{name}` for one non-empty segment, `{name...}` for the rest (one segment or more, last
// in the pattern; joined by '/'). Literals win over parameters, parameters over rests. One trailing slash is ignored;
// doubled slashes match nothing. Segments were percent-decoded exactly once by the parser; `%2F` stays inside its
// segment, and dot segments never arrive here (400 bad_path).
//
// Thread rules: immutable after Create; everything is safe from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/message.h"
#include "http/server.h"

namespace greenroom {

// A parameter of the query, as the API description and the check of requests know it.
struct QueryParameter {
  std::string name;
  std::string summary = {};
  std::string type = "string";  // of JSON Schema
};

struct Route {
  std::string method;                      // "GET"; a GET route answers HEAD too
  std::string pattern;                     // "/conversations/{conversation_id}/tracker"
  std::string name;                        // unique; the operation id of the API description
  std::string policy;                      // who may; opaque here, never empty ("public" for everybody)
  std::string summary = {};                // one line for the API description
  Json request_schema = {};                // JSON Schema of the body; null when there is none
  Json response_schema = {};               // JSON Schema of a good answer; null when it is not JSON
  std::vector<QueryParameter> query = {};  // what the query may hold; credentials need not be named
  bool open_query = false;                 // takes parameters that are not named: others add their own
  size_t body_limit = 1u << 20;            // bytes
  BodySinkFactory body_sink = {};          // set to stream the body
  HttpHandler handler = {};
};

// The outcome of a look-up.
struct RouteMatch {
  enum class Kind { kFound, kNotFound, kMethodNotAllowed };
  Kind kind = Kind::kNotFound;
  const Route* route = nullptr;                            // set when found; lives as long as the router
  std::map<std::string, std::string, std::less<>> params;  // when found
  std::string allow = {};                                  // value for `Allow` when the method is not allowed
};

class Router {
 public:
  // Fails when a route has no policy, no handler or a malformed pattern, when a name is used twice, or when two routes
  // have the same method and the same pattern but for parameter names. Reason: bad_route.
  static Result<std::unique_ptr<Router>> Create(std::vector<Route> routes);
  ~Router();

  // `request` needs method and path_segments.
  RouteMatch Find(const HttpRequest& request) const;
  // Find, store the parameters in the request, and call the handler; or answer 404 route_not_found, or 405
  // method_not_allowed with Allow. Wrap it, or use Find, to check the policy first.
  void Dispatch(std::shared_ptr<HttpRequest> request, Responder respond, std::string_view version) const;
  // For HttpServerOptions: the limit and sink of the route that a head will reach (default limit when none).
  size_t BodyLimitFor(const HttpRequest& head) const;
  Result<std::shared_ptr<BodySink>> BodySinkFor(const HttpRequest& head) const;
  // In the order given to Create.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Node;
  explicit Router(std::vector<Route> routes);
  Result<void> Insert(size_t index);

  std::vector<Route> routes_;
  std::vector<std::vector<std::string>> patterns_;  // the segments of each route
  std::unique_ptr<Node> root_;
};

}  // namespace greenroom
