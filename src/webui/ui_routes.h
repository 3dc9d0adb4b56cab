// The routes of the web UI: its files below /ui/, and the way there for browsers that open the root.
//
//   std::vector<Route> routes = UiRoutes(WebAssets());
//   routes = WithUiAtRoot(std::move(routes));   // GET / sends browsers to ui/, everybody else gets what was there
//
// The UI has paths of its own (/ui/models, /ui/conversations/abc): every path below /ui/ that is no file answers with
// index.html. Its `<base href="./">` is rewritten to lead back to /ui/ by as many "../" as the path is deep, so that
// the UI works below any prefix that a proxy puts in front, without a setting.
// Files below assets/ have a hash in their name and may be kept for ever; index.html is asked for anew each time.
// Everything is public: the files hold no data, the API decides who sees what.
// Thread rules: the handlers may run on any thread; `assets` must live as long as they do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "webui/web_assets.h"

namespace greenroom {

// Two routes: /ui and /ui/{path...}. Errors of the answers: ui_missing (404) when there are no assets, asset_not_found
// (404) for a file below assets/ that is not there (a page of an older version asks for it).
std::vector<Route> UiRoutes(const std::vector<WebAsset>& assets);

// Lets the route `GET /` of a table send those to "ui/" who ask for HTML: browsers. Others get the handler that was
// there.
std::vector<Route> WithUiAtRoot(std::vector<Route> routes);

// "text/javascript; charset=utf-8" for "a.js"; "application/octet-stream" for endings that are not known. Pure.
std::string_view ContentTypeOf(std::string_view path);

// What the UI may load: only what comes from this server, and no inline script or style. For tests and documents.
inline constexpr char kUiContentPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

}  // namespace greenroom
