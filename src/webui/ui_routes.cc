#include "webui/ui_routes.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace greenroom {
namespace {

constexpr std::string_view kIndex = "index.html", kHashedFolder = "assets/", kBase = "<base href=\"./\"";

const WebAsset* FindAsset(const std::vector<WebAsset>& assets, std::string_view path) {
  auto found = std::lower_bound(assets.begin(), assets.end(), path,
                                [](const WebAsset& asset, std::string_view wanted) { return asset.path < wanted; });
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

// "gzip;q=0" and other refusals are rare enough to be read as what they say.
bool TakesGzip(const HttpRequest& request) {
  for (std::string_view part : Split(request.headers.Get("Accept-Encoding"), ',')) {
    std::string coding = LowerCase(Trim(part));
    if (coding.starts_with("gzip"))
      return coding.find("q=0") == std::string::npos || coding.find("q=0.") != coding.npos;
  }
  return false;
}

void AddCommonHeaders(HttpResponse& response) {
  response.headers.Set("Content-Security-Policy", kUiContentPolicy);
  response.headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.Set("X-Frame-Options", "DENY");
}

HttpResponse ServeFile(const WebAsset& asset, const HttpRequest& request) {
  bool compressed = !asset.gzip.empty() && TakesGzip(request);
  auto response = HttpResponse::Text(200, std::string(compressed ? asset.gzip : asset.bytes),
                                     std::string(ContentTypeOf(asset.path)));
  if (compressed) response.headers.Set("Content-Encoding", "gzip");
  if (!asset.gzip.empty()) response.headers.Set("Vary", "Accept-Encoding");
  bool hashed = asset.path.starts_with(kHashedFolder);
  response.headers.Set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  AddCommonHeaders(response);
  return response;
}

// "/ui/a/b" is one folder deep, "/ui/a/" too: its base is "../".
std::string WayBack(std::string_view path) {
  std::string way = "./";
  constexpr std::string_view root = "/ui/";
  if (path.starts_with(root)) path.remove_prefix(root.size());
  for (char c : path) {
    if (c == '/') way += "../";
  }
  return way;
}

// The path as the browser has it: an encoded slash inside a segment is no folder.
std::string_view RawPath(const HttpRequest& request) {
  std::string_view target = request.target;
  return target.substr(0, target.find_first_of("?#"));
}

HttpResponse ServeIndex(const WebAsset& index, const HttpRequest& request) {
  std::string page(index.bytes);
  if (size_t at = page.find(kBase); at != std::string::npos)
    page.replace(at, kBase.size(), "<base href=\"" + WayBack(RawPath(request)) + "\"");
  auto response = HttpResponse::Text(200, std::move(page), "text/html; charset=utf-8");
  response.headers.Set("Cache-Control", "no-cache");
  AddCommonHeaders(response);
  return response;
}

HttpResponse Missing(const HttpRequest& request, const char* reason, const char* message) {
  return FailureResponse(HttpFailure{.status = 404, .reason = reason, .message = message}, "", request.request_id);
}

HttpResponse Serve(const std::vector<WebAsset>& assets, const HttpRequest& request) {
  const WebAsset* index = FindAsset(assets, kIndex);
  if (!index)
    return Missing(request, "ui_missing", "this program was built without its web UI; `./dev build` builds it in");
  const std::string& path = request.Param("path");
  if (const WebAsset* asset = FindAsset(assets, path); asset && asset != index) return ServeFile(*asset, request);
  // A script must never arrive as HTML: that error would be hard to understand.
  if (path.starts_with(kHashedFolder))
    return Missing(request, "asset_not_found", "this file belongs to another version of the UI; load the page again");
  return ServeIndex(*index, request);
}

HttpResponse RedirectTo(std::string where) {
  HttpResponse response = HttpResponse::Empty(302);
  response.headers.Set("Location", std::move(where));
  return response;
}

bool WantsHtml(const HttpRequest& request) {
  return LowerCase(request.headers.Get("Accept")).find("text/html") != std::string::npos;
}

HttpHandler UnlessBrowser(HttpHandler handler) {
  return [handler = std::move(handler)](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (!WantsHtml(*request)) return handler(std::move(request), std::move(respond));
    HttpResponse response = RedirectTo("ui/");
    response.headers.Set("Vary", "Accept");
    respond(std::move(response));
  };
}

}  // namespace

std::string_view ContentTypeOf(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : types) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

std::vector<Route> UiRoutes(const std::vector<WebAsset>& assets) {
  HttpHandler serve = [&assets](std::shared_ptr<HttpRequest> request, Responder respond) {
    respond(Serve(assets, *request));
  };
  // The router does not tell "/ui" from "/ui/", but relative links do.
  HttpHandler root = [serve](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (!RawPath(*request).ends_with('/')) return respond(RedirectTo("ui/"));
    serve(std::move(request), std::move(respond));
  };
  return {
      {.method = "GET", .pattern = "/ui", .name = "ui", .policy = "public", .summary = "The web UI", .handler = root},
      {.method = "GET",
       .pattern = "/ui/{path...}",
       .name = "ui_file",
       .policy = "public",
       .summary = "Files and pages of the web UI",
       .handler = serve}};
}

std::vector<Route> WithUiAtRoot(std::vector<Route> routes) {
  for (Route& route : routes) {
    if (route.pattern == "/" && route.method == "GET") route.handler = UnlessBrowser(std::move(route.handler));
  }
  return routes;
}

}  // namespace greenroom
