// Login, sessions, the caller's own account, tokens and the audit log. Users and roles: people_routes.cc.
#include "api/gate.h"
#include "api/people.h"
#include "api/routes.h"
#include "base/text.h"

namespace greenroom {
namespace {

Error BadRequest(std::string message) { return {ErrorCode::kInvalidArgument, "bad_request", std::move(message)}; }

Result<std::string> TextOf(const Json& body, const char* name) {
  if (body[name].is_string()) return body[name].AsString();
  return BadRequest(std::string("`") + name + "` is needed: a text");
}

struct Login {
  std::string username, password;
};

Result<Login> ReadLogin(const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"username", "password"}));
  Login login;
  GR_ASSIGN(login.username, TextOf(body, "username"));
  GR_ASSIGN(login.password, TextOf(body, "password"));
  return login;
}

Result<HttpResponse> Authenticate(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Login login, ReadLogin(request));
  GR_ASSIGN(LoginAnswer answer, services.accounts.Login(login.username, login.password, request.remote_address));
  HttpResponse response =
      HttpResponse::Json(200, Json::Object({{"access_token", answer.access_token}, {"expires_at", answer.expires_at}}));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

void SetSessionCookie(HttpResponse& response, const std::string& value, int64_t seconds) {
  response.headers.Add("Set-Cookie",
                       std::string(kSessionCookie) + "=" + value +
                           "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(seconds));
  response.headers.Set("Cache-Control", "no-store");
}

// Other sites can post forms to us but no JSON, so that nobody is logged in to somebody else's account unnoticed.
Result<void> CheckOwnPage(const HttpRequest& request) {
  std::string type = LowerCase(request.headers.Get("Content-Type"));
  if (!type.empty() && !type.starts_with("application/json"))
    return Error{ErrorCode::kPermissionDenied, "csrf_failed", "a login is sent as application/json"};
  if (IsSameOrigin(request)) return {};
  return Error{ErrorCode::kPermissionDenied, "csrf_failed", "a login from another site is refused"};
}

Result<HttpResponse> OpenSession(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(CheckOwnPage(request));
  GR_ASSIGN(Login login, ReadLogin(request));
  GR_ASSIGN(OpenedSession opened,
            services.accounts.OpenSession(login.username, login.password, request.remote_address));
  HttpResponse response = HttpResponse::Json(
      201,
      Json::Object({{"user", ShowUser(opened.user)}, {"csrf_token", opened.csrf}, {"expires_at", opened.expires_at}}));
  SetSessionCookie(response, opened.id, static_cast<int64_t>(Accounts::kSessionSeconds));
  return response;
}

Result<HttpResponse> EndSession(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(services.accounts.EndSession(PrincipalOf(request)));
  HttpResponse response = HttpResponse::Empty(204);
  SetSessionCookie(response, "", 0);
  return response;
}

Result<HttpResponse> Me(const ApiServices& services, const HttpRequest& request) {
  const Principal& who = PrincipalOf(request);
  Json me = Json::Object({{"username", who.name}, {"roles", Json::List()}});
  if (!who.user.empty()) {
    GR_ASSIGN(UserRecord user, services.accounts.CallerOf(who));
    me = ShowUser(user);
  }
  Json permissions = Json::List();
  for (const std::string& grant : who.grants) permissions.Append(grant);
  me.Set("permissions", permissions);
  if (!who.environment.empty()) me.Set("environment", who.environment);
  if (who.place == CredentialPlace::kCookie) me.Set("csrf_token", Accounts::CsrfOf(CookieOf(request, kSessionCookie)));
  return HttpResponse::Json(200, me);
}

// A user's own conversations carry the user's name, so that only who manages users may choose another.
Result<HttpResponse> Rename(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"username"}));
  GR_ASSIGN(std::string name, TextOf(body, "username"));
  if (name != PrincipalOf(request).name) GR_TRY(Require(request, "users.modify"));
  GR_ASSIGN(UserRecord user, services.accounts.Rename(PrincipalOf(request), name));
  return HttpResponse::Json(200, ShowUser(user));
}

Result<HttpResponse> ChangePassword(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"username", "old_password", "new_password", "new_password_confirm"}));
  GR_ASSIGN(std::string old_password, TextOf(body, "old_password"));
  GR_ASSIGN(std::string new_password, TextOf(body, "new_password"));
  const Json* confirm = body.Find("new_password_confirm");
  if (confirm && confirm->AsString() != new_password) return BadRequest("the new password and its repetition differ");
  const Json* name = body.Find("username");
  if (name && name->AsString() != PrincipalOf(request).name)
    return Error{ErrorCode::kPermissionDenied, "not_allowed", "this changes your own password only"};
  GR_ASSIGN(UserRecord user, services.accounts.ChangePassword(PrincipalOf(request), old_password, new_password));
  return HttpResponse::Json(200, ShowUser(user));
}

Result<HttpResponse> ListTokens(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<TokenRecord> tokens, services.accounts.Tokens(PrincipalOf(request)));
  Json list = Json::List();
  for (const TokenRecord& token : tokens) list.Append(DescribeToken(token));
  return HttpResponse::Json(200, list);
}

HttpResponse ShowIssued(int status, const IssuedToken& issued) {
  HttpResponse response = HttpResponse::Json(status, DescribeToken(issued.record).Set("token", issued.secret));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Result<HttpResponse> CreateToken(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"name", "kind", "environment", "scopes", "expires_at"}));
  NewToken token;
  GR_ASSIGN(token.name, TextOf(body, "name"));
  if (body.Find("kind")) {
    GR_ASSIGN(token.kind, TokenKindOf(body["kind"].AsString()));
  }
  token.environment = body["environment"].AsString();
  const Json& expires = body["expires_at"];
  if (!expires.is_null() && !(expires.is_number() && expires.AsDouble() > 0))
    return BadRequest("`expires_at` must be a time in unix seconds");
  token.expires_at = expires.AsDouble();
  for (const Json& scope : body["scopes"].array()) token.scopes.insert(scope.AsString());
  if (!token.environment.empty()) {
    GR_ASSIGN(EnvironmentRecord known, services.registry.GetEnvironment("default", token.environment));
    (void)known;
  }
  GR_ASSIGN(IssuedToken issued, services.accounts.CreateToken(PrincipalOf(request), std::move(token)));
  return ShowIssued(201, issued);
}

Result<HttpResponse> RotateToken(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(IssuedToken issued, services.accounts.RotateToken(PrincipalOf(request), request.Param("token")));
  return ShowIssued(200, issued);
}

Result<HttpResponse> RevokeToken(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(services.accounts.RevokeToken(PrincipalOf(request), request.Param("token")));
  return HttpResponse::Empty(204);
}

Json Describe(const AuditRecord& record) {
  return Json::Object({{"number", record.number},
                       {"at", record.at},
                       {"actor", record.entry.actor},
                       {"address", record.entry.address},
                       {"action", record.entry.action},
                       {"subject", record.entry.subject},
                       {"before", record.entry.before},
                       {"after", record.entry.after},
                       {"hash", record.hash}});
}

Result<HttpResponse> ListAudit(const ApiServices& services, const HttpRequest& request) {
  AuditQuery query;
  GR_ASSIGN(query.limit, QueryNumber(request, "limit", {.fallback = 100, .low = 1, .high = 1000}));
  GR_ASSIGN(query.after, QueryNumber(request, "after", {.fallback = 0, .low = 0, .high = 1'000'000'000'000}));
  if (const std::string* actor = request.Query("actor")) query.actor = *actor;
  if (const std::string* subject = request.Query("subject")) query.subject = *subject;
  GR_ASSIGN(std::vector<AuditRecord> records, services.accounts.Audit(query));
  Json list = Json::List();
  for (const AuditRecord& record : records) list.Append(Describe(record));
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> VerifyAudit(const ApiServices& services, const HttpRequest&) {
  GR_ASSIGN(AuditVerdict verdict, services.accounts.VerifyAudit());
  return HttpResponse::Json(200, Json::Object({{"whole", verdict.problem.empty()},
                                               {"records", verdict.count},
                                               {"head", verdict.head},
                                               {"problem", verdict.problem.empty() ? Json() : Json(verdict.problem)}}));
}

Result<HttpResponse> AdmitGuest(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"chat_token", "conversation_id"}));
  GR_ASSIGN(std::string token, TextOf(body, "chat_token"));
  GR_ASSIGN(GuestPass pass, services.accounts.AdmitGuest(token, body["conversation_id"].AsString()));
  // Clients of different ages look for different names.
  HttpResponse response = HttpResponse::Json(
      200,
      Json::Object({{"access_token", pass.jwt}, {"jwt_token", pass.jwt}, {"conversation_id", pass.conversation_id}}));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

HttpResponse Show(const ChatLink& link) {
  HttpResponse response = HttpResponse::Json(200, Json::Object({{"bot_name", link.bot_name},
                                                                {"description", link.description},
                                                                {"expires", link.expires_at},
                                                                {"chat_token", link.chat_token}}));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Result<HttpResponse> ShowChatLink(const ApiServices& services, const HttpRequest&) {
  GR_ASSIGN(ChatLink link, services.accounts.GetChatLink());
  return Show(link);
}

Result<HttpResponse> PutChatLink(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"bot_name", "description", "expires", "chat_token"}));
  if (!body["expires"].is_number()) return BadRequest("`expires` is needed: a time in unix seconds");
  GR_ASSIGN(ChatLink link,
            services.accounts.PutChatLink(PrincipalOf(request), {.bot_name = body["bot_name"].AsString(),
                                                                 .description = body["description"].AsString(),
                                                                 .expires_at = body["expires"].AsDouble()}));
  return Show(link);
}

std::vector<Route> GuestRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), object = TypeOf("object");
  return {
      {.method = "POST",
       .pattern = "/api/auth/jwt",
       .name = "admit_guest",
       .policy = "public",
       .summary = "A JWT for one conversation, for whoever has the shared link",
       .request_schema = SchemaOf({{"chat_token", text}, {"conversation_id", text}}),
       .response_schema = object,
       .handler = Bind(services, AdmitGuest)},
      {.method = "GET",
       .pattern = "/api/chatToken",
       .name = "show_chat_link",
       .policy = "share_bot.view",
       .summary = "The token of the shared link",
       .response_schema = object,
       .handler = Bind(services, ShowChatLink)},
      {.method = "PUT",
       .pattern = "/api/chatToken",
       .name = "put_chat_link",
       .policy = "share_bot.view",
       .summary = "A new token for the shared link; the old one ends",
       .request_schema =
           SchemaOf({{"bot_name", text}, {"description", text}, {"expires", TypeOf("number")}, {"chat_token", text}}),
       .response_schema = object,
       .handler = Bind(services, PutChatLink)},
  };
}

std::vector<Route> LoginRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), object = TypeOf("object");
  Json login = SchemaOf({{"username", text}, {"password", text}});
  Json passwords =
      SchemaOf({{"username", text}, {"old_password", text}, {"new_password", text}, {"new_password_confirm", text}});
  return {
      {.method = "POST",
       .pattern = "/api/auth",
       .name = "login",
       .policy = "public",
       .summary = "A JWT for a user name and password",
       .request_schema = login,
       .response_schema = object,
       .handler = Bind(services, Authenticate)},
      {.method = "POST",
       .pattern = "/api/sessions",
       .name = "open_session",
       .policy = "public",
       .summary = "Log a browser in: sets a cookie, answers with the CSRF token",
       .request_schema = login,
       .response_schema = object,
       .handler = Bind(services, OpenSession)},
      {.method = "DELETE",
       .pattern = "/api/sessions",
       .name = "end_session",
       .policy = "login",
       .summary = "Log the browser out",
       .handler = Bind(services, EndSession)},
      {.method = "GET",
       .pattern = "/api/user",
       .name = "show_me",
       .policy = "login",
       .summary = "The caller and what the caller may do",
       .response_schema = object,
       .handler = Bind(services, Me)},
      {.method = "PATCH",
       .pattern = "/api/user",
       .name = "rename_me",
       .policy = "login",
       .summary = "Change the caller's user name",
       .request_schema = SchemaOf({{"username", text}}),
       .response_schema = object,
       .handler = Bind(services, Rename)},
      {.method = "POST",
       .pattern = "/api/user/password",
       .name = "change_my_password",
       .policy = "login",
       .summary = "Change the caller's password; ends all sessions",
       .request_schema = passwords,
       .response_schema = object,
       .handler = Bind(services, ChangePassword)},
  };
}

std::vector<Route> TokenRoutes(const ApiServices& services) {
  Json text = TypeOf("string"), list = TypeOf("array"), object = TypeOf("object");
  return {
      {.method = "GET",
       .pattern = "/api/tokens",
       .name = "list_tokens",
       .policy = "login",
       .summary = "The caller's tokens; all of them with tokens.view",
       .response_schema = list,
       .handler = Bind(services, ListTokens)},
      {.method = "POST",
       .pattern = "/api/tokens",
       .name = "create_token",
       .policy = "login",
       .summary = "Make a token; it is shown once",
       .request_schema = SchemaOf(
           {{"name", text}, {"kind", text}, {"environment", text}, {"scopes", list}, {"expires_at", TypeOf("number")}}),
       .response_schema = object,
       .handler = Bind(services, CreateToken)},
      {.method = "POST",
       .pattern = "/api/tokens/{token}/rotate",
       .name = "rotate_token",
       .policy = "login",
       .summary = "A new secret for a token; the old one ends",
       .response_schema = object,
       .handler = Bind(services, RotateToken)},
      {.method = "DELETE",
       .pattern = "/api/tokens/{token}",
       .name = "revoke_token",
       .policy = "login",
       .summary = "End a token",
       .handler = Bind(services, RevokeToken)},
      {.method = "GET",
       .pattern = "/api/audit",
       .name = "list_audit",
       .policy = "audit.view",
       .summary = "Who changed what, newest first",
       .response_schema = list,
       .query = {{"limit", "How many at most", "integer"},
                 {"after", "Only records with larger numbers", "integer"},
                 {"actor", "Of one person or program"},
                 {"subject", "About one thing"}},
       .handler = Bind(services, ListAudit)},
      {.method = "GET",
       .pattern = "/api/audit/verify",
       .name = "verify_audit",
       .policy = "audit.view",
       .summary = "Whether the audit log is whole",
       .response_schema = object,
       .handler = Bind(services, VerifyAudit)},
  };
}

}  // namespace

std::vector<Route> AccountRoutes(const ApiServices& services) {
  std::vector<Route> routes = LoginRoutes(services);
  for (auto make : {GuestRoutes, OidcRoutes, TokenRoutes, PeopleRoutes})
    for (Route& route : make(services)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace greenroom
