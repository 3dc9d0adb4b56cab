#include "channels/cors.h"

#include <algorithm>

namespace greenroom {
namespace {

constexpr char kAll[] = "*";

bool IsOrigin(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0 || scheme + 3 == text.size()) return false;
  return text.find_first_of("/?# \t\r\n", scheme + 3) == std::string_view::npos;
}

}  // namespace

Result<CorsPolicy> CorsPolicy::Create(std::vector<std::string> origins) {
  for (const std::string& origin : origins) {
    if (origin == kAll || IsOrigin(origin)) continue;
    return Error{ErrorCode::kInvalidArgument, "bad_origin", "`" + origin + "` is no origin",
                 "write it as https://host or https://host:port, or * for all"};
  }
  CorsPolicy policy;
  policy.origins_ = std::move(origins);
  return policy;
}

std::string CorsPolicy::AllowedOrigin(std::string_view origin) const {
  const bool all = std::find(origins_.begin(), origins_.end(), kAll) != origins_.end();
  if (origin.empty()) return all ? kAll : "";
  const bool named = std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
  return all || named ? std::string(origin) : "";
}

void CorsPolicy::Mark(const HttpRequest& request, HttpResponse& response) const {
  if (!on()) return;
  const std::string_view origin = request.headers.Get("Origin");
  if (!origin.empty()) response.headers.Add("Vary", "Origin");
  const std::string allowed = AllowedOrigin(origin);
  if (allowed.empty()) return;
  response.headers.Set("Access-Control-Allow-Origin", allowed);
  response.headers.Set("Access-Control-Allow-Credentials", "true");
  response.headers.Set("Access-Control-Expose-Headers", "filename");
}

HttpResponse CorsPolicy::Preflight(const HttpRequest& request) const {
  HttpResponse response = HttpResponse::Empty(200);
  if (!request.headers.Get("Access-Control-Request-Method").empty())
    response.headers.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS");
  const std::string_view asked = request.headers.Get("Access-Control-Request-Headers");
  if (!asked.empty()) response.headers.Set("Access-Control-Allow-Headers", std::string(asked));
  Mark(request, response);
  return response;
}

}  // namespace greenroom
