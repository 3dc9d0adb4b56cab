#include "http/router.h"

#include <gtest/gtest.h>

#include "http/request_parser.h"

namespace greenroom {
namespace {

void NoHandler(std::shared_ptr<HttpRequest>, Responder respond) { respond(HttpResponse::Empty(204)); }

Route MakeRoute(std::string method, std::string pattern, std::string name) {
  return {.method = std::move(method),
          .pattern = std::move(pattern),
          .name = std::move(name),
          .policy = "public",
          .handler = NoHandler};
}

std::unique_ptr<Router> Sample() {
  std::vector<Route> routes;
  routes.push_back(MakeRoute("GET", "/", "root"));
  routes.push_back(MakeRoute("GET", "/conversations", "list"));
  routes.push_back(MakeRoute("GET", "/conversations/{id}/tracker", "tracker"));
  routes.push_back(MakeRoute("POST", "/conversations/{id}/tracker", "post_tracker"));
  routes.push_back(MakeRoute("GET", "/conversations/special/tracker", "special"));
  routes.push_back(MakeRoute("GET", "/ui/{path...}", "ui"));
  routes.push_back(MakeRoute("DELETE", "/admin", "admin"));
  Result<std::unique_ptr<Router>> router = Router::Create(std::move(routes));
  EXPECT_TRUE(router.ok());
  return std::move(router).value();
}

RouteMatch Find(const Router& router, std::string method, std::string target) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  EXPECT_TRUE(DecodeTarget(request).ok()) << request.target;
  return router.Find(request);
}

TEST(Router, FindsLiteralsBeforeParametersBeforeRests) {
  const auto router = Sample();
  EXPECT_EQ(Find(*router, "GET", "/").route->name, "root");
  EXPECT_EQ(Find(*router, "GET", "/conversations/special/tracker").route->name, "special");
  EXPECT_EQ(Find(*router, "GET", "/conversations/other/tracker").route->name, "tracker");
  EXPECT_EQ(Find(*router, "POST", "/conversations/special/tracker").route->name, "post_tracker");
  const RouteMatch rest = Find(*router, "GET", "/ui/a/b.js");
  EXPECT_EQ(rest.route->name, "ui");
  EXPECT_EQ(rest.params.find("path")->second, "a/b.js");
}

TEST(Router, GivesParametersThatWereDecodedOnce) {
  const auto router = Sample();
  EXPECT_EQ(Find(*router, "GET", "/conversations/a%2Fb/tracker").params.find("id")->second, "a/b");
  EXPECT_EQ(Find(*router, "GET", "/conversations/%252e%252e%252f/tracker").params.find("id")->second, "%2e%2e%2f");
}

TEST(Router, DoesNotMistakeVariantsOfAPathForIt) {
  const auto router = Sample();
  for (const char* target : {"/admin.", "//admin", "/admin//", "/admin;jsessionid=1", "/ADMIN", "/admin%2f", "/ui",
                             "/conversations//tracker", "/%252e%252e%252f"}) {
    EXPECT_EQ(Find(*router, "DELETE", target).kind, RouteMatch::Kind::kNotFound) << target;
  }
  EXPECT_EQ(Find(*router, "DELETE", "/admin/").route->name, "admin");
}

TEST(Router, AnswersHeadWithTheRouteOfGet) { EXPECT_EQ(Find(*Sample(), "HEAD", "/conversations").route->name, "list"); }

TEST(Router, NamesTheMethodsThatAPathTakes) {
  const RouteMatch match = Find(*Sample(), "TRACE", "/conversations/1/tracker");
  EXPECT_EQ(match.kind, RouteMatch::Kind::kMethodNotAllowed);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
}

TEST(Router, DispatchAnswersForPathsAndMethodsThatDoNotExist) {
  const auto router = Sample();
  const auto status = [&](std::string method, std::string target) {
    auto request = std::make_shared<HttpRequest>();
    request->method = std::move(method);
    request->target = std::move(target);
    EXPECT_TRUE(DecodeTarget(*request).ok());
    HttpResponse answer;
    router->Dispatch(request, [&](HttpResponse response) { answer = std::move(response); }, "1");
    return answer;
  };
  EXPECT_EQ(status("GET", "/conversations/1/tracker").status, 204);
  EXPECT_EQ(status("GET", "/nothing").status, 404);
  const HttpResponse wrong = status("PUT", "/conversations");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.Get("Allow"), "GET, HEAD");
}

TEST(Router, RefusesRoutesThatAreNotWhole) {
  const auto reason = [](Route route) {
    std::vector<Route> routes;
    routes.push_back(MakeRoute("GET", "/x/{a}", "first"));
    routes.push_back(std::move(route));
    Result<std::unique_ptr<Router>> router = Router::Create(std::move(routes));
    return router.ok() ? std::string() : router.error().reason;
  };
  Route no_policy = MakeRoute("GET", "/y", "y");
  no_policy.policy.clear();
  Route no_handler = MakeRoute("GET", "/y", "y");
  no_handler.handler = nullptr;
  EXPECT_EQ(reason(std::move(no_policy)), "bad_route");
  EXPECT_EQ(reason(std::move(no_handler)), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/y", "first")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/x/{b}", "y")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/x//y", "y")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/y/{a}/{a}", "y")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/y/{a...}/z", "y")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("GET", "/y/a{b}", "y")), "bad_route");
  EXPECT_EQ(reason(MakeRoute("PUT", "/x/{b}", "y")), "");
}

TEST(Router, GivesTheLimitAndSinkOfTheRouteThatAHeadReaches) {
  std::vector<Route> routes;
  Route upload = MakeRoute("POST", "/models/{name}", "upload");
  upload.body_limit = 5;
  std::string seen;
  upload.body_sink = [&seen](const HttpRequest& head) -> Result<std::shared_ptr<BodySink>> {
    seen = head.Param("name");
    return std::shared_ptr<BodySink>();
  };
  routes.push_back(std::move(upload));
  const auto router = std::move(Router::Create(std::move(routes))).value();
  HttpRequest head;
  head.method = "POST";
  head.target = "/models/m1";
  ASSERT_TRUE(DecodeTarget(head).ok());
  EXPECT_EQ(router->BodyLimitFor(head), 5u);
  EXPECT_TRUE(router->BodySinkFor(head).ok());
  EXPECT_EQ(seen, "m1");
}

}  // namespace
}  // namespace greenroom
