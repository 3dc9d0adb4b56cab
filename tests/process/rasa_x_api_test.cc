// The API of Rasa X as its clients call it: scenarios row by row, refusals first, and the calls of its command line and
// of CI scripts.
#include <gtest/gtest.h>

#include "accounts/jwt.h"
#include "base/text.h"
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

constexpr char kSecret[] = "a-shared-secret-of-32-bytes-or-more";

struct Row {
  const char *caller, *method, *path, *body;
  int status;
  const char* holds = "";
};

class RasaXApi : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    WriteProject("bot");
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"up", "--home", Path("home"), "--port", "0", "--project", Path("bot")},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken, "RASA_X_USERNAME=ada",
                                         "RASA_X_PASSWORD=a-password-of-ada", std::string("JWT_SECRET=") + kSecret}});
    port_ = server_->WaitReady();
    ASSERT_NE(port_, 0) << server_->output();
    admin_ = std::make_unique<ApiClient>(port_);
    tokens_["admin"] = kAdminToken;
    tokens_["ada"] = Login("ada", "a-password-of-ada");
    for (const auto& [name, role] : std::map<std::string, std::string>{{"tom", "tester"}, {"ann", "annotator"}}) {
      Json user = Json::Object(
          {{"username", name}, {"password", "a-password-of-" + name}, {"roles", Json::List({Json(role)})}});
      ASSERT_EQ(admin_->Call("POST", "/api/users", user.Dump()).status, 201);
      tokens_[name] = Login(name, "a-password-of-" + name);
    }
  }

  std::string Login(const std::string& name, const std::string& password) {
    Json login = Json::Object({{"username", name}, {"password", password}});
    HttpClientResponse answer = ApiClient(port_, "").Call("POST", "/api/auth", login.Dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return JsonOf(answer.body)["access_token"].AsString();
  }
  HttpClientResponse Call(const std::string& caller, const std::string& method, const std::string& path,
                          const std::string& body = "") {
    return ApiClient(port_, caller.empty()             ? ""
                            : tokens_.contains(caller) ? tokens_[caller]
                                                       : caller)
        .Call(method, path, body);
  }
  void Expect(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      HttpClientResponse answer = Call(row.caller, row.method, row.path, row.body);
      std::string what = std::string(row.caller) + " " + row.method + " " + row.path + " -> " + answer.body;
      EXPECT_EQ(answer.status, row.status) << what;
      EXPECT_TRUE(Holds(answer.body, row.holds)) << what;
    }
  }
  std::string Ids(const std::string& query) {
    std::string ids;
    Json list = admin_->Get("/api/conversations?" + query);
    for (const Json& item : list.array()) ids += (ids.empty() ? "" : " ") + item["conversation_id"].AsString();
    return ids;
  }
  static std::string RasaToken(const std::string& user, double expires) {
    Json claims = ParseJson("{\"user\": " + user + "}").value();
    if (expires > 0) claims.Set("exp", static_cast<int64_t>(expires));
    return JwtKey::FromSecret(kSecret)->Sign(claims).value();
  }

  std::unique_ptr<Program> server_;
  uint16_t port_ = 0;
  std::unique_ptr<ApiClient> admin_;
  std::map<std::string, std::string> tokens_;
};

TEST_F(RasaXApi, WhoMayDoWhatWithConversations) {
  admin_->Say("tom", "hello");
  Expect({{"", "GET", "/api/conversations", "", 401, "Unauthorized"},
          {"", "GET", "/api/conversations/tom/messages", "", 401},
          {"", "DELETE", "/api/conversations/tom", "", 401},
          {"", "PUT", "/api/conversations/tom/messages/1/flag", "", 401},
          {"", "POST", "/api/chat", R"({"message": "hello"})", 401},
          {"tom", "GET", "/api/conversations", "", 403},
          {"tom", "DELETE", "/api/conversations/tom", "", 403},
          {"tom", "PUT", "/api/conversations/tom/events", "[]", 403},
          {"tom", "PUT", "/api/conversations/tom/messages/1/flag", "", 403},
          {"tom", "POST", "/api/conversations/tom/tags", "good", 403},
          {"tom", "GET", "/api/conversationIntents", "", 403},
          {"tom", "GET", "/api/statistics", "", 403},
          {"tom", "GET", "/api/conversations/someone/messages", "", 403},
          {"ann", "POST", "/api/conversations/tom/events", "{}", 403},
          {"tom", "GET", "/api/conversations/tom/messages", "", 200, "Hello there"},
          {"ann", "GET", "/api/conversations?unknown=1", "", 400, "the parameter `unknown` is not known here"},
          {"tom", "GET", "/api/conversations?unknown=1", "", 403},
          {"ann", "GET", "/api/conversations?limit=1&limit=2", "", 400, "more than once"},
          {"ann", "GET", "/api/conversationIntents?limit=1", "", 400, "there are none"},
          {"ann", "GET", "/api/conversations/nobody/tags", "", 200, "[]"},
          {"ann", "GET", "/api/conversations/tom?environment=absent", "", 404, "EnvironmentNotFound"},
          {"ann", "PUT", "/api/conversations/tom/messages/x/flag", "", 400, "timestamp"},
          {"ann", "PUT", "/api/conversations/tom/messages/1/flag", "", 404, "MessageNotFound"},
          {"ann", "PUT", "/api/conversations/tom/review_status", R"({"status": "gone"})", 400},
          {"ann", "DELETE", "/api/conversations/nobody", "", 404, "ConversationNotFound"},
          {"ann", "DELETE", "/api/conversations/tom/tags/good", "", 404, "LabelNotFound"},
          {"ann", "POST", "/api/conversations/tom/tags", " , ", 400}});
}

TEST_F(RasaXApi, ConversationsAreFilteredNotedUponAndErased) {
  admin_->Say("ann", "hello");
  admin_->Say("bea", "how much");
  admin_->Say("bea", "hello");
  EXPECT_EQ(Ids("environment=production"), "bea ann");
  EXPECT_EQ(Ids("intent=ask"), "bea");
  EXPECT_EQ(Ids("action=utter_greet&sort_by_latest_event_time=false"), "ann bea");
  EXPECT_EQ(Ids("text=HOW"), "bea");
  EXPECT_EQ(Ids("minimumUserMessages=2"), "bea");
  EXPECT_EQ(Ids("input_channel=rest&policies=absent"), "");
  EXPECT_EQ(Ids("environment=worker"), "");
  HttpClientResponse page = admin_->Call("GET", "/api/conversations?limit=1&offset=1");
  EXPECT_EQ(page.headers.Get("X-Total-Count"), "2");
  Json item = JsonOf(page.body).array().front();
  EXPECT_EQ(item["conversation_id"].AsString(), "ann");
  EXPECT_EQ(item["n_user_messages"].AsInt(), 1);
  EXPECT_EQ(item["in_training_data"], Json(false));
  EXPECT_EQ(item["intents"].Dump(), R"(["greet"])");
  std::string at = item["unflagged_messages"].array().front().Dump();
  Expect({{"ann", "PUT", ("/api/conversations/ann/messages/" + at + "/flag").c_str(), "", 204},
          {"ann", "POST", "/api/conversations/ann/tags", "good, first", 200, "good"},
          {"ann", "POST", "/api/conversations/bea/data-tags", R"(["good"])", 200, "color"},
          {"ann", "GET", "/api/conversations/tags", "", 200, R"("conversations":2)"},
          {"ann", "DELETE", "/api/conversations/ann/tags/first", "", 204},
          {"ann", "PUT", "/api/conversations/bea/review_status", R"({"status": "reviewed"})", 200},
          {"ann", "GET", "/api/conversationActions", "", 200, "utter_ask"},
          {"ann", "GET", "/api/statistics", "", 200, R"("user_messages":3)"},
          {"ann", "GET", "/api/conversations/bea/debug-dump.md", "", 200, "how much"}});
  EXPECT_EQ(Ids("is_flagged=true"), "ann");
  EXPECT_EQ(Ids("tags=good&review_status=reviewed"), "bea");
  Json one = admin_->Get("/api/conversations/ann");
  EXPECT_EQ(one["flagged_messages"].array().front().Dump(), at);
  EXPECT_EQ(one["conversation_id"].AsString(), "ann");
  Expect({{"ann", "DELETE", "/api/conversations/ann", "", 204},
          {"ann", "GET", "/api/conversations/ann/events", "", 200, "[]"},
          {"admin", "GET", "/api/audit?subject=production/ann", "", 200, "conversation.erase"}});
  EXPECT_EQ(Ids(""), "bea");
  EXPECT_TRUE(Holds(admin_->Say("ann", "hello"), "Hello there"));
  EXPECT_EQ(Ids("exclude_self=true"), "ann bea");
}

TEST_F(RasaXApi, InteractiveLearningChangesWhatWasSaid) {
  Expect({{"admin", "POST", "/api/conversations", R"({"conversation_id": "lab"})", 201, R"("conversation_id":"lab")"},
          {"tom", "POST", "/api/conversations", "", 201, R"("conversation_id":"tom")"},
          {"tom", "POST", "/api/conversations", R"({"conversation_id": "lab"})", 403},
          {"admin", "POST", "/api/conversations/lab/messages", R"({"message": "hello"})", 200, "Hello there"},
          {"admin", "POST", "/api/conversations/lab/events", R"({"event": "nonsense"})", 400, "BadEvent"},
          {"admin", "POST", "/api/conversations/lab/events", R"({"event": "slot", "name": "x", "value": 1})", 200},
          {"admin", "GET", "/api/conversations/lab/events", "", 200, R"("name":"x")"},
          {"tom", "POST", "/api/conversations/tom/predict", "", 403},
          {"admin", "POST", "/api/conversations/lab/predict?unknown=1", "", 400, "BadQuery"},
          {"admin", "POST", "/api/conversations/lab/predict", "", 200, "scores"},
          {"admin", "POST", "/api/conversations/lab/execute?environment=production", R"({"name": "utter_ask"})", 200,
           "I do not know"},
          {"admin", "PUT", "/api/conversations/lab/events", R"({"event": "restart"})", 400},
          {"admin", "PUT", "/api/conversations/lab/events", "[]", 400},
          {"admin", "PUT", "/api/conversations/lab/events",
           R"([{"event": "user", "text": "only this"}, {"event": "restart"}])", 200},
          {"admin", "GET", "/api/conversations/lab/messages", "", 200, "only this"}});
  EXPECT_EQ(admin_->Get("/api/conversations/lab/events").size(), 2u);
  EXPECT_TRUE(Holds(admin_->Say("lab", "hello"), "Hello there"));
}

TEST_F(RasaXApi, PeopleChatInTheirOwnConversation) {
  Expect(
      {{"", "POST", "/webhooks/rasa/webhook", R"({"message": "hello"})", 401},
       {"tom", "POST", "/api/chat", R"({"message": "hello", "conversation_id": "ann"})", 401, "ConversationNotYours"},
       {"tom", "POST", "/api/chat", R"({"message": "hello", "conversation_id": 5})", 400},
       {"tom", "POST", "/api/chat", R"({"text": 5})", 400},
       {"tom", "POST", "/api/chat?environment=absent", R"({"message": "hello"})", 404, "EnvironmentNotFound"},
       {"admin", "POST", "/api/chat", R"({"message": "hello"})", 400, "conversation_id"},
       {"tom", "POST", "/api/chat", R"({"message": "hello"})", 200, R"("recipient_id":"tom")"},
       {"tom", "POST", "/api/chat?environment=", R"({"messages": ["hello"], "conversation_id": "tom"})", 200,
        "Hello there"},
       {"tom", "POST", "/webhooks/rasa/webhook", R"({"message": "hello"})", 200, "Hello there"},
       {"admin", "POST", "/api/chat", R"({"message": "hello", "conversation_id": "x"})", 200, "Hello there"}});
  EXPECT_EQ(Call("", "POST", "/api/chat?token=" + tokens_["tom"], R"({"message": "hello"})").status, 200);
  double later = 4e9;
  Json link = Json::Object({{"bot_name", "b"}, {"description", "d"}, {"expires", later}});
  std::string chat_token = JsonOf(admin_->Call("PUT", "/api/chatToken", link.Dump()).body)["chat_token"].AsString();
  Json guest = JsonOf(Call("", "POST", "/api/auth/jwt", Json::Object({{"chat_token", chat_token}}).Dump()).body);
  HttpClientResponse answer = Call(guest["access_token"].AsString(), "POST", "/api/chat", R"({"message": "hello"})");
  EXPECT_TRUE(Holds(answer.body, guest["conversation_id"].AsString())) << answer.body;
}

TEST_F(RasaXApi, TokensOfTheSharedSecretOpenTheRoutesOfARasaServerOnly) {
  double later = 4e9;
  admin_->Say("tom", "hello");
  tokens_["none"] = RasaToken(R"({"username": "tom", "role": "user"})", 0);
  tokens_["old"] = RasaToken(R"({"username": "tom", "role": "admin"})", 1e9);
  tokens_["admin without user"] = RasaToken(R"("admin")", later);
  tokens_["case"] = RasaToken(R"({"username": "Tom", "role": "user"})", later);
  tokens_["user"] = RasaToken(R"({"username": "tom", "role": "user"})", later);
  tokens_["all"] = RasaToken(R"({"username": "x", "role": "admin"})", later);
  tokens_["other secret"] = JwtKey::FromSecret(std::string(32, 'x'))->Sign(Json::Object({{"exp", 4000000000}})).value();
  const char *path = "/conversations/tom/tracker", *parse = "/model/parse", *text = R"({"text": "hello"})";
  Expect({{"none", "GET", path, "", 200, "hello"},
          {"old", "GET", path, "", 401},
          {"other secret", "GET", path, "", 401},
          {"eyJhbGciOiJub25lIn0.eyJleHAiOjQwMDAwMDAwMDB9.", "GET", path, "", 401},
          {"admin without user", "GET", path, "", 403},
          {"case", "GET", path, "", 403},
          {"user", "POST", parse, text, 403},
          {"user", "GET", "/status", "", 403},
          {"user", "GET", "/conversations/ann/tracker", "", 403},
          {"user", "GET", "/api/conversations/tom", "", 401},
          {"all", "GET", "/api/projects/default/models", "", 401},
          {"user", "GET", path, "", 200, "hello"},
          {"all", "GET", path, "", 200, "hello"},
          {"all", "GET", "/status", "", 200},
          {"all", "POST", parse, text, 200, "greet"},
          {"old", "GET", "/version", "", 200},
          {"user", "DELETE", "/model", "", 403},
          {"all", "DELETE", "/model", "", 204},
          {"all", "GET", "/status", "", 409}});
}

TEST_F(RasaXApi, CallsOfTheCommandLineAndOfCiScriptsWork) {
  const std::string models = "/api/projects/default/models";
  Json version = JsonOf(Call("", "GET", "/api/version").body), health = JsonOf(Call("", "GET", "/api/health").body);
  EXPECT_TRUE(version["rasa"]["production"].is_string());
  EXPECT_TRUE(version["rasa-x"].is_string());
  EXPECT_TRUE(version["enterprise"].is_bool());
  EXPECT_EQ(health["database_migration"]["status"].AsString(), "completed");
  EXPECT_EQ(health["production"]["status"].AsInt(), 200);
  EXPECT_EQ(Call("ada", "GET", "/api/config").status, 200);
  EXPECT_EQ(Call("wrong", "GET", "/api/config").status, 401);
  Json listed = admin_->Get(models);
  std::string name = listed.array().front()["model"].AsString();
  for (const char* member : {"project", "path", "hash", "tags", "trained_at", "version", "type", "is_compatible"})
    EXPECT_TRUE(listed.array().front().Find(member)) << member;
  HttpClientResponse archive = Call("ada", "GET", models + "/" + name);
  ASSERT_EQ(archive.status, 200);
  auto upload = [&](const std::string& caller, const std::string& path) {
    HttpClientRequest request = ApiClient(port_, caller)
                                    .Request("POST", path,
                                             "--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"" +
                                                 name + ".grm\"\r\n\r\n" + archive.body + "\r\n--b--\r\n");
    request.headers.Set("Content-Type", "multipart/form-data; boundary=b");
    auto answer = admin_->client().Send(std::move(request));
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(upload("", models), 401);
  EXPECT_EQ(upload(tokens_["ada"], models), 409);
  Json made = JsonOf(Call("ada", "POST", "/api/tokens", R"({"name": "ci"})").body);
  const std::string token = "?api_token=" + made["token"].AsString();
  EXPECT_EQ(upload("", models + token), 409);
  ASSERT_EQ(Call("admin", "PUT", "/api/environments/experimental", "{}").status, 200);
  EXPECT_EQ(Call("", "PUT", models + "/" + name + "/tags/experimental" + token).status, 204);
  EXPECT_EQ(Call("", "PUT", models + "/absent/tags/experimental" + token).status, 404);
  EXPECT_EQ(Call("", "DELETE", models + "/" + name + "/tags/experimental" + token).status, 204);
  EXPECT_EQ(Call("", "DELETE", models + "/absent" + token).status, 404);
  Json set = Json::List({Json::Object({{"name", "production"}}), Json::Object({{"name", "worker"}})});
  EXPECT_EQ(Call("ada", "PUT", "/api/environments", set.Dump()).status, 201);
  EXPECT_EQ(Call("ada", "POST", "/api/license", R"({"license": "x"})").status, 201);
  EXPECT_EQ(Call("tom", "POST", "/api/license", R"({"license": "x"})").status, 403);
  EXPECT_EQ(Call("ada", "DELETE", "/api/license").status, 204);
  EXPECT_EQ(Call("tom", "POST", "/api/telemetry", R"({"event": "x"})").status, 204);
  EXPECT_EQ(Call("tom", "GET", "/api/features").body, "[]");
  EXPECT_TRUE(Holds(Call("ann", "GET", "/api/projects/default/settings").body, "RulePolicy"));
}

TEST_F(RasaXApi, WhatAProxyPutBehindCoreIsThere) {
  Expect({{"", "GET", "/core/conversations/x/tracker", "", 401},
          {"tom", "GET", "/core/conversations/x/tracker", "", 403},
          {"", "POST", "/core/webhooks/rasa/webhook", R"({"message": "hello"})", 401},
          {"", "GET", "/core/version", "", 200, "minimum_compatible_version"},
          {"", "POST", "/core/webhooks/rest/webhook", R"({"sender": "x", "message": "hello"})", 200, "Hello there"},
          {"admin", "GET", "/core/conversations/x/tracker", "", 200, "hello"},
          {"tom", "POST", "/core/webhooks/rasa/webhook", R"({"message": "hello"})", 200, "Hello there"}});
}

TEST_F(RasaXApi, TheDescriptionNamesEveryParameterThatIsTaken) {
  Json api = JsonOf(Call("", "GET", "/api/openapi.json").body);
  std::string parameters = api["paths"]["/api/conversations"]["get"]["parameters"].Dump();
  for (const char* name : {"maximumConfidence", "is_flagged", "limit", "policies"})
    EXPECT_TRUE(Holds(parameters, std::string("\"name\":\"") + name + "\"")) << name;
}

TEST(SharedSecret, AWeakOneStopsTheStart) {
  Program server({.arguments = {"up", "--home", "/tmp/greenroom-weak-secret", "--port", "0"},
                  .environment = {"JWT_SECRET=8-bytes!"}});
  EXPECT_NE(server.WaitEnd(), 0);
  EXPECT_TRUE(Holds(server.output(), "secret_too_short")) << server.output();
  std::filesystem::remove_all("/tmp/greenroom-weak-secret");
}

}  // namespace
}  // namespace greenroom
