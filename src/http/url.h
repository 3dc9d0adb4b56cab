// Absolute http and https addresses, for calls to other servers.
//
//   GR_ASSIGN(Url url, ParseUrl("http://[::1]:5055/webhook?a=1"));
//   url.host == "::1"; url.port == 5055; url.target == "/webhook?a=1"; url.authority == "[::1]:5055"
//
// Thread rules: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

struct Url {
  bool tls = false;
  std::string host;       // lower case; IPv6 without brackets
  uint16_t port = 0;      // the scheme's own when not given
  std::string target;     // path and query, at least "/"; a fragment is dropped
  std::string authority;  // for the Host header: the port only when it is not the scheme's own
};

// Refuses with bad_url: other schemes, user names, spaces, control characters, non-ASCII, bad ports.
Result<Url> ParseUrl(std::string_view text);

}  // namespace greenroom
