#include "accounts/oidc.h"

#include <algorithm>

#include "accounts/jwt.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kRandomBytes = 32, kMostKeys = 20;

Error BadSettings(std::string message) {
  return {ErrorCode::kInvalidArgument, "oidc_settings_invalid", std::move(message),
          "see GREENROOM_OIDC_... in docs/operations.md"};
}

Error BadProvider(std::string message) {
  return {ErrorCode::kUnavailable, "oidc_provider_invalid", std::move(message)};
}

Error Refused() {
  return {ErrorCode::kUnauthenticated, "oidc_refused", "the sign-in was refused or took too long", "sign in again"};
}

bool IsSafeUrl(std::string_view url) {
  if (url.starts_with("https://")) return url.size() > 8;
  for (std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"}) {
    if (!url.starts_with(host)) continue;
    char next = url.size() > host.size() ? url[host.size()] : '/';
    if (next == ':' || next == '/') return true;
  }
  return false;
}

std::string Escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c == '.' || c == '~';
    out += plain ? std::string(1, c) : "%" + HexEncode({&c, 1});
  }
  return out;
}

std::string Form(std::initializer_list<std::pair<const char*, std::string>> fields) {
  std::string form;
  for (const auto& [name, value] : fields) form += (form.empty() ? "" : "&") + std::string(name) + "=" + Escape(value);
  return form;
}

std::string BytesOfHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

bool IsForUs(const Json& claims, const std::string& client) {
  const Json& audience = claims["aud"];
  if (audience.is_string()) return audience.AsString() == client;
  bool named = std::any_of(audience.array().begin(), audience.array().end(),
                           [&](const Json& one) { return one.AsString() == client; });
  return named && (audience.size() == 1 || claims["azp"].AsString() == client);
}

std::vector<std::string> MappedRoles(const Json& claim, const OidcSettings& settings) {
  Json values = claim.is_array() ? claim : Json::List({claim});
  std::vector<std::string> roles;
  for (const Json& value : values.array()) {
    auto mapped = settings.roles.find(value.AsString());
    if (mapped != settings.roles.end()) roles.push_back(mapped->second);
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  return roles;
}

Result<Json> VerifiedClaims(const std::string& token, const Json& jwks, const OidcCheck& check) {
  size_t tried = 0;
  for (const Json& jwk : jwks["keys"].array()) {
    if (jwk["use"].is_string() && jwk["use"].AsString() != "sig") continue;
    auto key = JwtKey::FromPublicJwk(jwk);
    if (!key || ++tried > kMostKeys) continue;
    auto claims = key->Verify(token, {.now = check.now, .issuer = check.settings.issuer});
    if (claims) return claims;
  }
  return Refused();
}

}  // namespace

Result<void> CheckOidcSettings(const OidcSettings& settings) {
  if (!settings.on()) return {};
  if (!IsSafeUrl(settings.issuer) || !IsSafeUrl(settings.redirect_uri))
    return BadSettings("issuer and redirect address must begin with https://");
  if (settings.client_id.empty()) return BadSettings("the client id is missing");
  return {};
}

Result<std::map<std::string, std::string>> ReadRoleMap(std::string_view text) {
  std::map<std::string, std::string> roles;
  if (text.empty()) return roles;
  for (const std::string& pair : Split(text, ',')) {
    size_t cut = pair.rfind('=');
    std::string group(Trim(std::string_view(pair).substr(0, cut)));
    if (cut == std::string::npos || group.empty()) return BadSettings("`" + pair + "` is not of the form group=role");
    roles[group] = std::string(Trim(std::string_view(pair).substr(cut + 1)));
  }
  return roles;
}

Result<OidcProvider> ReadProvider(const Json& document, const OidcSettings& settings) {
  if (document["issuer"].AsString() != settings.issuer) return BadProvider("the provider says that it is another one");
  OidcProvider provider{.authorization_endpoint = document["authorization_endpoint"].AsString(),
                        .token_endpoint = document["token_endpoint"].AsString(),
                        .jwks_uri = document["jwks_uri"].AsString()};
  for (const std::string* url : {&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri})
    if (!IsSafeUrl(*url)) return BadProvider("an address of the provider is missing or not encrypted");
  return provider;
}

OidcFlow OidcFlow::New(double now) {
  return {.state = SecureToken(kRandomBytes),
          .nonce = SecureToken(kRandomBytes),
          .verifier = SecureToken(kRandomBytes),
          .expires_at = now + kSeconds};
}

std::string OidcFlow::Dump() const {
  return Json::Object({{"state", state}, {"nonce", nonce}, {"verifier", verifier}, {"expires_at", expires_at}}).Dump();
}

Result<OidcFlow> OidcFlow::Read(std::string_view text) {
  auto json = ParseJson(text);
  if (!json || !(*json)["state"].is_string()) return Refused();
  return OidcFlow{.state = (*json)["state"].AsString(),
                  .nonce = (*json)["nonce"].AsString(),
                  .verifier = (*json)["verifier"].AsString(),
                  .expires_at = (*json)["expires_at"].AsDouble()};
}

std::string AuthorizationUrl(const OidcSettings& settings, const OidcProvider& provider, const OidcFlow& flow) {
  std::string challenge = Base64UrlEncode(BytesOfHex(Sha256Hex(flow.verifier)));
  const std::string& base = provider.authorization_endpoint;
  return base + (base.find('?') == std::string::npos ? "?" : "&") +
         Form({{"response_type", "code"},
               {"client_id", settings.client_id},
               {"redirect_uri", settings.redirect_uri},
               {"scope", "openid profile email"},
               {"state", flow.state},
               {"nonce", flow.nonce},
               {"code_challenge", challenge},
               {"code_challenge_method", "S256"}});
}

std::string TokenForm(const OidcSettings& settings, const OidcFlow& flow, const std::string& code) {
  return Form({{"grant_type", "authorization_code"},
               {"code", code},
               {"redirect_uri", settings.redirect_uri},
               {"client_id", settings.client_id},
               {"client_secret", settings.client_secret},
               {"code_verifier", flow.verifier}});
}

Result<OidcIdentity> CheckIdToken(const std::string& token, const Json& jwks, const OidcCheck& check) {
  GR_ASSIGN(Json claims, VerifiedClaims(token, jwks, check));
  const std::string& subject = claims["sub"].AsString();
  bool fits = !subject.empty() && subject.size() <= 255 && IsForUs(claims, check.settings.client_id) &&
              claims["nonce"].is_string() && SecretEquals(claims["nonce"].AsString(), check.flow.nonce) &&
              check.flow.expires_at > check.now;
  if (!fits) return Refused();
  OidcIdentity identity{.subject = check.settings.issuer + " " + subject,
                        .name = claims[check.settings.name_claim].AsString(),
                        .roles = MappedRoles(claims[check.settings.roles_claim], check.settings)};
  if (identity.name.empty()) identity.name = claims["email"].AsString();
  return identity;
}

}  // namespace greenroom
