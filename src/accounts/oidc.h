// Signing in at a company's own provider: OpenID Connect, authorization code flow with PKCE. The rules only; the calls
// are made by api/oidc_routes.
//
//   OidcFlow flow = OidcFlow::New(now);                            // kept in a sealed cookie until the user is back
//   std::string url = AuthorizationUrl(settings, provider, flow);  // where the browser goes
//   ... the browser comes back with a code, the token endpoint answers with an ID token ...
//   GR_ASSIGN(OidcIdentity who, CheckIdToken(token, jwks, settings, flow, now));
//
// The ID token must be signed with RS256 by a key of the provider's set, be issued by the configured issuer for us
// (`aud`, and `azp` when there are several), be valid now and carry the nonce of this flow. Algorithms: OpenID Connect
// Core 1.0, RFC 7636 (S256).
// Errors: oidc_settings_invalid, oidc_provider_invalid (kUnavailable), oidc_refused (kUnauthenticated).
// Thread rules: plain values, pure functions but for OidcFlow::New.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace greenroom {

struct OidcSettings {
  std::string issuer = {};  // "https://login.example"; "" = there is no such sign-in
  std::string client_id = {}, client_secret = {};
  std::string redirect_uri = {};  // ours: https://host/api/auth/oidc/callback
  std::string name_claim = "preferred_username";
  std::string roles_claim = "groups";
  std::map<std::string, std::string> roles = {};  // value of that claim to role; empty: default roles for all

  bool on() const { return !issuer.empty(); }
};

// Complete, and encrypted all the way: http only to this machine. Error: oidc_settings_invalid.
Result<void> CheckOidcSettings(const OidcSettings& settings);
// "developers=release,admins=admin". Error: oidc_settings_invalid.
Result<std::map<std::string, std::string>> ReadRoleMap(std::string_view text);

// What the provider says about itself (its discovery document).
struct OidcProvider {
  std::string authorization_endpoint, token_endpoint, jwks_uri;
};
Result<OidcProvider> ReadProvider(const Json& document, const OidcSettings& settings);

// One sign-in on its way.
struct OidcFlow {
  static constexpr double kSeconds = 600;

  std::string state, nonce, verifier;  // random
  double expires_at = 0;

  static OidcFlow New(double now);
  std::string Dump() const;
  static Result<OidcFlow> Read(std::string_view text);
};

std::string AuthorizationUrl(const OidcSettings& settings, const OidcProvider& provider, const OidcFlow& flow);
// The form for the token endpoint.
std::string TokenForm(const OidcSettings& settings, const OidcFlow& flow, const std::string& code);

struct OidcIdentity {
  std::string subject;  // "<issuer> <sub>"
  std::string name;
  std::vector<std::string> roles;  // mapped; empty when no role was mapped
};
struct OidcCheck {
  const OidcSettings& settings;
  const OidcFlow& flow;
  double now = 0;
};
Result<OidcIdentity> CheckIdToken(const std::string& token, const Json& jwks, const OidcCheck& check);

}  // namespace greenroom
