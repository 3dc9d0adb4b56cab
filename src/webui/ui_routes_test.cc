#include "webui/ui_routes.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

const std::vector<WebAsset>& Assets() {
  static const std::vector<WebAsset> assets = {
      {.path = "assets/index-1a2b.js", .bytes = "let plain;", .gzip = "squeezed"},
      {.path = "favicon.svg", .bytes = "<svg/>"},
      {.path = "index.html", .bytes = "<head><base href=\"./\" /></head>"}};
  return assets;
}

// What the router and the routes make of a GET.
HttpResponse Get(const std::vector<Route>& routes, const std::string& target, HttpHeaders headers = {}) {
  auto router = Router::Create(routes);
  EXPECT_TRUE(router.ok());
  auto request = std::make_shared<HttpRequest>();
  request->method = "GET";
  request->target = target;
  request->path = target.substr(0, target.find('?'));
  size_t begin = 1;
  for (size_t end; begin < request->path.size(); begin = end + 1) {
    end = std::min(request->path.find('/', begin), request->path.size());
    request->path_segments.push_back(request->path.substr(begin, end - begin));
  }
  request->headers = std::move(headers);
  HttpResponse answer;
  (*router)->Dispatch(request, [&](HttpResponse given) { answer = std::move(given); }, "0");
  return answer;
}

HttpHeaders With(const std::string& name, const std::string& value) {
  HttpHeaders headers;
  headers.Add(name, value);
  return headers;
}

TEST(UiRoutes, ServeAHashedFileForEver) {
  HttpResponse answer = Get(UiRoutes(Assets()), "/ui/assets/index-1a2b.js");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "let plain;");
  EXPECT_EQ(answer.headers.Get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(answer.headers.Get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(answer.headers.Get("Content-Security-Policy"), kUiContentPolicy);
}

TEST(UiRoutes, CompressForThoseWhoTakeIt) {
  HttpResponse answer = Get(UiRoutes(Assets()), "/ui/assets/index-1a2b.js", With("Accept-Encoding", "br, gzip"));
  EXPECT_EQ(answer.body, "squeezed");
  EXPECT_EQ(answer.headers.Get("Content-Encoding"), "gzip");
  EXPECT_EQ(answer.headers.Get("Vary"), "Accept-Encoding");
  EXPECT_EQ(Get(UiRoutes(Assets()), "/ui/assets/index-1a2b.js", With("Accept-Encoding", "gzip;q=0")).body,
            "let plain;");
}

TEST(UiRoutes, AnswerPagesOfTheUiWithTheIndexThatFindsItsWayBack) {
  auto base_of = [](const std::string& target) { return Get(UiRoutes(Assets()), target).body; };
  EXPECT_EQ(base_of("/ui/"), "<head><base href=\"./\" /></head>");
  EXPECT_EQ(base_of("/ui/models"), "<head><base href=\"./\" /></head>");
  EXPECT_EQ(base_of("/ui/conversations/abc?environment=a/b"), "<head><base href=\"./../\" /></head>");
  EXPECT_EQ(Get(UiRoutes(Assets()), "/ui/models").headers.Get("Cache-Control"), "no-cache");
}

TEST(UiRoutes, SendTheFolderWithoutASlashToTheOneWithIt) {
  HttpResponse answer = Get(UiRoutes(Assets()), "/ui");
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.Get("Location"), "ui/");
}

TEST(UiRoutes, NeverAnswerAMissingScriptWithHtml) {
  HttpResponse answer = Get(UiRoutes(Assets()), "/ui/assets/index-old.js");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("another version"), std::string::npos);
}

TEST(UiRoutes, SayThatTheProgramWasBuiltWithoutTheUi) {
  static const std::vector<WebAsset> none;
  HttpResponse answer = Get(UiRoutes(none), "/ui/");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("without its web UI"), std::string::npos);
}

TEST(UiRoutes, SendBrowsersFromTheRootAndLeaveOthersAlone) {
  std::vector<Route> routes = WithUiAtRoot({{.method = "GET",
                                             .pattern = "/",
                                             .name = "hello",
                                             .policy = "public",
                                             .handler = [](std::shared_ptr<HttpRequest>, Responder respond) {
                                               respond(HttpResponse::Text(200, "Hello from Rasa: 3.6.21"));
                                             }}});
  HttpResponse browser = Get(routes, "/", With("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));
  EXPECT_EQ(browser.status, 302);
  EXPECT_EQ(browser.headers.Get("Location"), "ui/");
  EXPECT_EQ(Get(routes, "/", With("Accept", "*/*")).body, "Hello from Rasa: 3.6.21");
  EXPECT_EQ(Get(routes, "/").body, "Hello from Rasa: 3.6.21");
}

TEST(ContentTypeOf, KnowsWhatTheUiConsistsOf) {
  EXPECT_EQ(ContentTypeOf("a.css"), "text/css; charset=utf-8");
  EXPECT_EQ(ContentTypeOf("favicon.svg"), "image/svg+xml");
  EXPECT_EQ(ContentTypeOf("a.unknown"), "application/octet-stream");
}

}  // namespace
}  // namespace greenroom
