// The files of the web UI as they are built into the program by cmake/embed_web.cmake from web/dist.
//
//   for (const WebAsset& asset : WebAssets()) std::cout << asset.path << '\n';   // "assets/index-3f2a.js",
//   "index.html"
//
// Empty when the program was built without web/dist: see docs/decisions/0017-web-ui.md.
// Thread rules: the table is made once and never changes.
#pragma once

#include <string_view>
#include <vector>

namespace greenroom {

struct WebAsset {
  std::string_view path;       // below /ui/, such as "assets/index-3f2a.js"
  std::string_view bytes;      // as they are
  std::string_view gzip = {};  // the same compressed; "" when that would save nothing
};

// All files, sorted by path.
const std::vector<WebAsset>& WebAssets();

}  // namespace greenroom
