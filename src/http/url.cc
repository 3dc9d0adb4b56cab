#include "http/url.h"

#include <algorithm>
#include <charconv>

#include "http/message.h"

namespace greenroom {
namespace {

Error BadUrl(std::string_view why) { return Error{ErrorCode::kInvalidArgument, "bad_url", std::string(why)}; }

bool IsHostByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

Result<void> TakePort(std::string_view digits, Url& url) {
  if (digits.empty()) return {};
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    return BadUrl("the port must be a number from 1 to 65535");
  }
  url.port = static_cast<uint16_t>(port);
  return {};
}

Result<void> TakeAuthority(std::string_view text, Url& url) {
  size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return BadUrl("the address in brackets has no end");
    url.host = text.substr(1, end - 1);
    const bool plain = std::all_of(url.host.begin(), url.host.end(), [](char c) { return IsHostByte(c) || c == ':'; });
    if (!plain || url.host.empty()) return BadUrl("the address in brackets is malformed");
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    url.host = text.substr(0, end);
    if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), IsHostByte)) {
      return BadUrl("the host name is malformed");
    }
  }
  if (end < text.size() && text[end] != ':') return BadUrl("the host name is malformed");
  if (end < text.size()) GR_TRY(TakePort(text.substr(end + 1), url));
  return {};
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!printable) return BadUrl("an address holds visible ASCII characters only");
  const size_t scheme = std::min(text.find("://"), text.size());
  url.tls = EqualsIgnoringCase(text.substr(0, scheme), "https");
  if (scheme == text.size() || (!url.tls && !EqualsIgnoringCase(text.substr(0, scheme), "http"))) {
    return BadUrl("an address must begin with http:// or https://");
  }
  const uint16_t own_port = url.tls ? 443 : 80;
  url.port = own_port;
  text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find('#'));
  const size_t slash = std::min(text.find_first_of("/?"), text.size());
  GR_TRY(TakeAuthority(text.substr(0, slash), url));
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  url.target = text.substr(slash);
  if (url.target.empty() || url.target[0] == '?') url.target.insert(0, "/");
  url.authority = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (url.port != own_port) url.authority += ":" + std::to_string(url.port);
  return url;
}

}  // namespace greenroom
