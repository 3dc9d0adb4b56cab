#include "base/server_url.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace greenroom {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsAlphanumeric(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Error Refused(const char* reason, std::string message, std::string help) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message), std::move(help)};
}

constexpr char kForm[] = "write http:// or https://, a host and perhaps a port, and nothing after it";

struct Parts {
  std::string_view host, port;
  bool bracketed = false;
};

Result<void> CheckPort(std::string_view text) {
  int port = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  bool whole = !text.empty() && problem == std::errc() && end == text.data() + text.size() && IsDigit(text.front());
  if (whole && port >= 1 && port <= 65535) return {};
  return Refused("url_bad_port", "the port is no number from 1 to 65535", "write a port such as :5005");
}

Result<Parts> Cut(std::string_view authority) {
  Parts parts;
  if (authority.find('@') != std::string_view::npos) {
    return Refused("url_has_user", "the url holds a user name or password", "give the server's token as `token`");
  }
  if (authority.starts_with('[')) {
    size_t end = authority.find(']');
    if (end == std::string_view::npos) return Refused("url_malformed", "the address in brackets has no end", kForm);
    parts = {.host = authority.substr(1, end - 1), .port = authority.substr(end + 1), .bracketed = true};
  } else {
    size_t end = std::min(authority.find(':'), authority.size());
    parts = {.host = authority.substr(0, end), .port = authority.substr(end)};
  }
  if (parts.port.empty()) return parts;
  if (parts.port.front() != ':') return Refused("url_malformed", "the host is malformed", kForm);
  GR_TRY(CheckPort(parts.port.substr(1)));
  return parts;
}

bool IsPlainByte(std::string_view digits) {
  int value = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return !digits.empty() && digits.size() <= 3 && problem == std::errc() && end == digits.data() + digits.size() &&
         value <= 255 && (digits.size() == 1 || digits.front() != '0');
}

bool IsDottedQuad(std::string_view host) {
  for (int part = 0; part < 4; ++part) {
    size_t dot = std::min(host.find('.'), host.size());
    if (!IsPlainByte(host.substr(0, dot)) || (part < 3) != (dot < host.size())) return false;
    host.remove_prefix(std::min(dot + 1, host.size()));
  }
  return true;
}

// Resolvers take 2130706433, 0x7f.1 and 127.1 for addresses; names that end in a number are never anything else.
bool LooksNumeric(std::string_view host) {
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.starts_with("0x") || last.starts_with("0X")) return std::all_of(last.begin() + 2, last.end(), IsHex);
  return !last.empty() && std::all_of(last.begin(), last.end(), IsDigit);
}

Result<void> CheckName(std::string_view host) {
  auto allowed = [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_'; };
  if (host.empty() || host.size() > 253 || !IsAlphanumeric(host.front()) ||
      !std::all_of(host.begin(), host.end(), allowed)) {
    return Refused("url_malformed", "the host is malformed", kForm);
  }
  if (LooksNumeric(host) && !IsDottedQuad(host)) {
    return Refused("url_disguised", "the host is an IPv4 address in an unusual notation",
                   "write it as four decimal numbers");
  }
  return {};
}

Result<void> CheckBracketed(std::string_view host) {
  bool plain = host.size() >= 2 && host.size() <= 45 &&
               std::all_of(host.begin(), host.end(), [](char c) { return IsHex(c) || c == ':' || c == '.'; });
  if (!plain || host.find(':') == std::string_view::npos) {
    return Refused("url_malformed", "the address in brackets is malformed", kForm);
  }
  if (host.find('.') != std::string_view::npos || host.starts_with("::ffff:") || host.starts_with("::FFFF:")) {
    return Refused("url_disguised", "the host is an IPv4 address inside an IPv6 one",
                   "write it as four decimal numbers");
  }
  return {};
}

bool IsLinkLocal(const Parts& parts) {
  if (!parts.bracketed) return parts.host.starts_with("169.254.") && IsDottedQuad(parts.host);
  if (parts.host.size() < 3) return false;
  auto lower = [&](size_t i) { return static_cast<char>(parts.host[i] | 0x20); };
  char third = lower(2);
  return lower(0) == 'f' && lower(1) == 'e' && (third == '8' || third == '9' || third == 'a' || third == 'b');
}

}  // namespace

Result<void> CheckServerUrl(std::string_view url) {
  bool printable = std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!printable) return Refused("url_malformed", "the url holds spaces, control or non-ASCII characters", kForm);
  size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return Refused("url_malformed", "the url has no scheme", kForm);
  if (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https") {
    return Refused("url_scheme_not_allowed", "only http and https are allowed", kForm);
  }
  std::string_view authority = url.substr(scheme + 3);
  if (authority.find_first_of("/?#\\") != std::string_view::npos) {
    return Refused("url_has_path", "the url has something after the host", kForm);
  }
  GR_ASSIGN(Parts parts, Cut(authority));
  GR_TRY(parts.bracketed ? CheckBracketed(parts.host) : CheckName(parts.host));
  if (!IsLinkLocal(parts)) return {};
  return Refused("url_not_allowed", "the host is a link-local address, where clouds keep credentials",
                 "give the server another address");
}

}  // namespace greenroom
