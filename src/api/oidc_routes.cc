// Signing in at the company's provider: the browser goes there and comes back with a code. Rules: accounts/oidc.h.
#include <optional>

#include "api/gate.h"
#include "api/routes.h"
#include "base/digest.h"
#include "base/mutex.h"

namespace greenroom {
namespace {

// Nothing is kept here while somebody is at the provider: the flow travels in a sealed cookie of that browser.
constexpr char kFlowCookie[] = "__Host-greenroom-oidc";
constexpr auto kPatience = std::chrono::seconds(5);
constexpr double kProviderSeconds = 600;

struct KnownProvider {
  OidcProvider provider;
  double until = 0;
};
using ProviderCache = Guarded<std::optional<KnownProvider>>;

Error Refused(std::string message) {
  return {ErrorCode::kUnauthenticated, "oidc_refused", std::move(message), "sign in again"};
}

Result<Json> Ask(const ApiServices& services, HttpClientRequest request) {
  request.total_timeout = kPatience;
  request.max_response = 1u << 20;
  request.headers.Set("Accept", "application/json");
  auto answer = services.client->Send(std::move(request));
  if (!answer) {
    return Error{ErrorCode::kUnavailable, "oidc_provider_unreachable", "the sign-in provider does not answer",
                 "try again later"};
  }
  auto body = ParseJson(answer->body);
  if (answer->status == 200 && body && body->is_object()) return std::move(*body);
  return Refused("the sign-in provider refused");
}

Result<OidcProvider> ProviderOf(const ApiServices& services, ProviderCache& cache) {
  double now = SystemClock().NowSeconds();
  auto known = cache.With([](const auto& kept) { return kept; });
  if (known && known->until > now) return known->provider;
  std::string issuer = services.oidc.issuer;
  while (issuer.ends_with('/')) issuer.pop_back();
  GR_ASSIGN(Json document, Ask(services, {.url = issuer + "/.well-known/openid-configuration"}));
  GR_ASSIGN(OidcProvider provider, ReadProvider(document, services.oidc));
  cache.With([&](auto& kept) { kept = KnownProvider{provider, now + kProviderSeconds}; });
  return provider;
}

Result<void> CheckOn(const ApiServices& services) {
  if (services.oidc.on() && services.client) return {};
  return Error{ErrorCode::kNotFound, "oidc_off", "there is no sign-in provider",
               "log in with a user name and password"};
}

HttpResponse Redirect(const std::string& url) {
  HttpResponse response = HttpResponse::Empty(302);
  response.headers.Set("Location", url);
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

void SetCookie(HttpResponse& response, const std::string& name, const std::string& value, double seconds) {
  response.headers.Add("Set-Cookie", name + "=" + value + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" +
                                         std::to_string(static_cast<int64_t>(seconds)));
}

Result<HttpResponse> Begin(const ApiServices& services, ProviderCache& cache) {
  GR_TRY(CheckOn(services));
  GR_ASSIGN(OidcProvider provider, ProviderOf(services, cache));
  OidcFlow flow = OidcFlow::New(SystemClock().NowSeconds());
  GR_ASSIGN(std::string sealed, services.accounts.Seal(flow.Dump()));
  HttpResponse response = Redirect(AuthorizationUrl(services.oidc, provider, flow));
  SetCookie(response, kFlowCookie, sealed, OidcFlow::kSeconds);
  return response;
}

// The flow that this browser began; the state keeps others from sending it here with a code of theirs.
Result<OidcFlow> FlowOf(const ApiServices& services, const HttpRequest& request) {
  auto text = services.accounts.Unseal(std::string(CookieOf(request, kFlowCookie)));
  if (!text) return Refused("this browser did not begin the sign-in, or it took too long");
  GR_ASSIGN(OidcFlow flow, OidcFlow::Read(*text));
  const std::string* state = request.Query("state");
  if (!state || !SecretEquals(*state, flow.state) || flow.expires_at <= SystemClock().NowSeconds())
    return Refused("this browser did not begin the sign-in, or it took too long");
  return flow;
}

Result<OidcIdentity> IdentityOf(const ApiServices& services, const HttpRequest& request, ProviderCache& cache) {
  GR_ASSIGN(OidcFlow flow, FlowOf(services, request));
  const std::string* code = request.Query("code");
  if (!code || request.Query("error")) return Refused("the sign-in provider refused");
  GR_ASSIGN(OidcProvider provider, ProviderOf(services, cache));
  HttpClientRequest exchange{
      .method = "POST", .url = provider.token_endpoint, .body = TokenForm(services.oidc, flow, *code)};
  exchange.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  GR_ASSIGN(Json tokens, Ask(services, std::move(exchange)));
  GR_ASSIGN(Json jwks, Ask(services, {.url = provider.jwks_uri}));
  return CheckIdToken(tokens["id_token"].AsString(), jwks, {services.oidc, flow, SystemClock().NowSeconds()});
}

// Who has lost a group at the provider loses the role here: no mapped role means the default roles, not the old ones.
Result<std::vector<std::string>> RolesOf(const ApiServices& services, const OidcIdentity& identity) {
  if (!identity.roles.empty() || services.oidc.roles.empty()) return identity.roles;
  GR_ASSIGN(std::vector<Role> roles, services.accounts.Roles());
  std::vector<std::string> names;
  for (const Role& role : roles)
    if (role.is_default) names.push_back(role.name);
  return names;
}

Result<HttpResponse> Finish(const ApiServices& services, const HttpRequest& request, ProviderCache& cache) {
  GR_TRY(CheckOn(services));
  GR_ASSIGN(OidcIdentity identity, IdentityOf(services, request, cache));
  GR_ASSIGN(std::vector<std::string> roles, RolesOf(services, identity));
  GR_ASSIGN(UserRecord user,
            services.accounts.SignIn(identity.subject, {.name = identity.name, .roles = std::move(roles)},
                                     request.remote_address));
  if (!user.enabled) return Refused("this account is disabled");
  GR_ASSIGN(OpenedSession opened, services.accounts.OpenSessionOf(user, request.remote_address));
  HttpResponse response = Redirect("/");
  SetCookie(response, kSessionCookie, opened.id, Accounts::kSessionSeconds);
  SetCookie(response, kFlowCookie, "", 0);
  return response;
}

}  // namespace

std::vector<Route> OidcRoutes(const ApiServices& services) {
  auto cache = std::make_shared<ProviderCache>();
  auto begin = [services, cache](const HttpRequest&) { return Begin(services, *cache); };
  auto finish = [services, cache](const HttpRequest& request) { return Finish(services, request, *cache); };
  return {
      {.method = "GET",
       .pattern = "/api/auth/oidc/login",
       .name = "begin_sign_in",
       .policy = "public",
       .summary = "Send the browser to the company's sign-in provider",
       .handler = OnExecutor(services, begin)},
      {.method = "GET",
       .pattern = "/api/auth/oidc/callback",
       .name = "finish_sign_in",
       .policy = "public",
       .summary = "Where the browser comes back: opens a session",
       .query = {{"code", "Of the provider"}, {"state", "As sent to the provider"}, {"error", "Why it refused"}},
       .open_query = true,
       .handler = OnExecutor(services, finish)},
  };
}

}  // namespace greenroom
