// Accounts: guests, who came by a link that somebody shared or with a token that is signed with Rasa's shared secret.
#include <algorithm>
#include <cmath>

#include "accounts/accounts.h"
#include "base/digest.h"
#include "base/random.h"

namespace greenroom {
namespace {

constexpr char kLinkName[] = "chat-link", kGuestPrefix[] = "guest-";
constexpr size_t kIdBytes = 16, kTokenBytes = 24;

// Ids of guests cannot be guessed and are no names of users or customers, so that nobody's conversation is taken over.
bool IsGuestId(std::string_view id) {
  std::string_view prefix = kGuestPrefix;
  return id.starts_with(prefix) && id.size() == prefix.size() + 2 * kIdBytes &&
         id.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

Error NotShared() {
  return {ErrorCode::kUnauthenticated, "token_invalid", "the link is not valid any more", "ask for a new one"};
}

}  // namespace

Result<ChatLink> Accounts::GetChatLink() const {
  GR_ASSIGN(std::optional<std::string> kept, FindSecret(kLinkName));
  if (!kept) return ChatLink{};
  GR_ASSIGN(Json json, ParseJson(*kept));
  return ChatLink{.bot_name = json["bot_name"].AsString(),
                  .description = json["description"].AsString(),
                  .chat_token = json["chat_token"].AsString(),
                  .expires_at = json["expires_at"].AsDouble()};
}

Result<ChatLink> Accounts::PutChatLink(const Principal& actor, ChatLink link) {
  if (link.bot_name.size() > 200 || link.description.size() > 2000 || !std::isfinite(link.expires_at)) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the name or the description is too long"};
  }
  // A token of our own making, always: one that somebody chose could be guessed.
  link.chat_token = SecureToken(kTokenBytes);
  Json json = Json::Object({{"bot_name", link.bot_name},
                            {"description", link.description},
                            {"chat_token", link.chat_token},
                            {"expires_at", link.expires_at}});
  GR_TRY(KeepSecret(actor, kLinkName, json.Dump()));
  return link;
}

Result<GuestPass> Accounts::AdmitGuest(const std::string& chat_token, const std::string& conversation_id) const {
  GR_ASSIGN(ChatLink link, GetChatLink());
  double now = clock_.NowSeconds();
  if (link.chat_token.empty() || link.expires_at <= now || !SecretEquals(link.chat_token, chat_token))
    return NotShared();
  GuestPass pass{.conversation_id = conversation_id.empty() ? kGuestPrefix + SecureToken(kIdBytes) : conversation_id};
  if (!IsGuestId(pass.conversation_id))
    return Error{ErrorCode::kInvalidArgument, "bad_request",
                 "leave `conversation_id` out, or send one that you got here"};
  GR_ASSIGN(const JwtKey* key, SigningKey());
  double expires = std::floor(std::min(now + kJwtSeconds, link.expires_at));
  Json claims = Json::Object({{"iss", "greenroom"},
                              {"sub", pass.conversation_id},
                              {"username", pass.conversation_id},
                              {"guest", Sha256Hex(link.chat_token)},
                              {"scopes", Json::List({Json("test_conversation.view")})},
                              {"iat", static_cast<int64_t>(now)},
                              {"exp", static_cast<int64_t>(expires)}});
  GR_ASSIGN(pass.jwt, key->Sign(claims));
  return pass;
}

// With another link the passes of the one before end.
Result<Principal> Accounts::OfGuest(const Json& claims) const {
  GR_ASSIGN(ChatLink link, GetChatLink());
  const std::string& id = claims["sub"].AsString();
  bool current = !link.chat_token.empty() && link.expires_at > clock_.NowSeconds() &&
                 SecretEquals(claims["guest"].AsString(), Sha256Hex(link.chat_token));
  if (!current || !IsGuestId(id)) return NotShared();
  return Principal{.name = id,
                   .kind = PrincipalKind::kUser,
                   .grants = {"test_conversation.view"},
                   .guest = true,
                   .place = CredentialPlace::kHeader};
}

// Whoever Rasa would let in is known here, and may do what Rasa would let them do.
Result<Principal> Accounts::OfRasaJwt(std::string_view token) const {
  GR_ASSIGN(Json claims, rasa_key_->Verify(token, {.now = clock_.NowSeconds(), .needs_end = false}));
  const Json& user = claims["user"];
  Principal principal{.name = user["username"].AsString(), .kind = PrincipalKind::kUser, .guest = true};
  principal.place = CredentialPlace::kHeader;
  if (user["role"].AsString() == "user" && !principal.name.empty()) principal.grants = {"test_conversation.view"};
  if (user["role"].AsString() != "admin") return principal;
  return Principal{.name = "rasa token of " + principal.name,
                   .kind = PrincipalKind::kService,
                   .grants = {"models.view", "models.modify", "environments.*.write", "conversations.view",
                              "test_conversation.view", "clientEvents:create"},
                   .place = CredentialPlace::kHeader};
}

}  // namespace greenroom
