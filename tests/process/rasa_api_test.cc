// What a client of Rasa's HTTP API asks of a conversation and of a model, and gets: the routes beside the chat channel.
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

// A form, entities with roles and slots of several types: what stories and trackers must show.
std::map<std::string, std::string> OrderProject() {
  return SmallProject(
      {{"domain.yml",
        "version: \"3.1\"\nintents: [greet, order]\nentities:\n- city:\n    roles: [from, to]\n- size\nslots:\n"
        "  size:\n    type: text\n    mappings:\n    - type: from_entity\n      entity: size\n"
        "forms:\n  order_form:\n    required_slots: [size]\nresponses:\n  utter_greet:\n  - text: Hello there\n"
        "  utter_ask_size:\n  - text: Which size?\n  utter_done:\n  - text: Done\n"},
       {"data/nlu.yml",
        "nlu:\n- intent: greet\n  examples: |\n    - hello\n- intent: order\n  examples: |\n    - order\n"},
       {"data/rules.yml",
        "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n- rule: order\n  steps:\n"
        "  - intent: order\n  - action: order_form\n  - active_loop: order_form\n- rule: ordered\n  condition:\n"
        "  - active_loop: order_form\n  steps:\n  - action: order_form\n  - active_loop: null\n  - slot_was_set:\n"
        "    - requested_slot: null\n  - action: utter_done\n"}});
}

class RasaApiTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    WriteProject("bot", OrderProject());
    TrainProject("bot", "bot.grm");
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"run", "--model", Path("bot.grm"), "--home", Path("home"), "--port", "0"},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    port_ = server_->WaitReady();
    ASSERT_NE(port_, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port_);
  }
  void TearDown() override {
    server_->Signal(SIGTERM);
    EXPECT_EQ(server_->WaitEnd(), 0) << server_->output();
    EXPECT_FALSE(server_->output().find("Sanitizer") != std::string::npos);
    HomeTest::TearDown();
  }

  Json Post(const std::string& path, const std::string& body, int status = 200) const {
    return Send("POST", path, body, status);
  }
  Json Send(const std::string& method, const std::string& path, const std::string& body, int status) const {
    const HttpClientResponse answer = api_->Call(method, path, body);
    EXPECT_EQ(answer.status, status) << method << " " << path << ": " << answer.body;
    return JsonOf(answer.body);
  }
  // Type of each event, actions and slots with their name.
  static std::string Shown(const Json& tracker) {
    std::string shown;
    for (const Json& event : tracker["events"].array()) {
      const std::string& name = event["name"].AsString();
      shown += (shown.empty() ? "" : " ") + event["event"].AsString() + (name.empty() ? "" : ":" + name);
    }
    return shown;
  }
  std::string Story(const std::string& path) const { return api_->Call("GET", path).body; }

  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
  uint16_t port_ = 0;
};

TEST_F(RasaApiTest, TheDomainComesAsJsonOrAsYaml) {
  const Json domain = api_->Get("/domain");
  EXPECT_EQ(domain["forms"]["order_form"]["required_slots"], Json::List({"size"}));
  EXPECT_EQ(domain["responses"]["utter_greet"], Json::List({Json::Object({{"text", "Hello there"}})}));
  auto yaml = api_->Request("GET", "/domain");
  yaml.headers.Set("Accept", "application/x-yaml");
  const HttpClientResponse text = api_->Send(yaml);
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.headers.Get("Content-Type"), "application/x-yaml");
  EXPECT_NE(text.body.find("forms:\n  order_form:\n    required_slots:\n    - size\n"), std::string::npos) << text.body;
  auto html = api_->Request("GET", "/domain");
  html.headers.Set("Accept", "text/html");
  const HttpClientResponse refused = api_->Send(html);
  EXPECT_EQ(refused.status, 406);
  EXPECT_EQ(JsonOf(refused.body)["reason"].AsString(), "NotAcceptable");
}

TEST_F(RasaApiTest, AConversationCanBeReadAsAStory) {
  EXPECT_EQ(Story("/conversations/anna/story"), "version: \"3.1\"\nstories:\n- story: anna\n  steps: []\n");
  api_->Say("anna", "hello");
  api_->Say("anna", "/order{\"size\":\"big\"}");
  EXPECT_EQ(Story("/conversations/anna/story"),
            "version: \"3.1\"\nstories:\n- story: anna\n  steps:\n  - intent: greet\n    user: |-\n      hello\n"
            "  - action: utter_greet\n  - intent: order\n    user: |-\n      /order{\"size\":\"big\"}\n"
            "  - slot_was_set:\n    - size: big\n  - action: order_form\n  - active_loop: order_form\n"
            "  - slot_was_set:\n    - size: big\n  - slot_was_set:\n    - requested_slot: null\n  - active_loop: null\n"
            "  - action: utter_done\n");
  EXPECT_EQ(Story("/conversations/anna/story?until=1"), "version: \"3.1\"\n");
  Post("/conversations/anna/tracker/events",
       R"([{"event":"action","name":"action_session_start"},{"event":"session_started"},
           {"event":"action","name":"action_listen"}])");
  api_->Say("anna", "hello");
  EXPECT_EQ(Story("/conversations/anna/story"),
            "version: \"3.1\"\nstories:\n- story: anna\n  steps:\n  - intent: greet\n    user: |-\n      hello\n"
            "  - action: utter_greet\n");
  const std::string all = Story("/conversations/anna/story?all_sessions=true");
  EXPECT_NE(all.find("- story: anna, story 1\n"), std::string::npos) << all;
  EXPECT_NE(all.find("- story: anna, story 2\n"), std::string::npos) << all;
}

TEST_F(RasaApiTest, TheNextActionIsPredictedWithTheScoreOfEach) {
  Post("/conversations/nobody/predict", "", 404);
  Post("/conversations/bert/messages", R"({"text":"hello","sender":"user"})");
  const Json next = Post("/conversations/bert/predict?include_events=NONE", "");
  EXPECT_EQ(next["policy"].AsString(), "RulePolicy");
  EXPECT_EQ(next["confidence"].AsDouble(), 1.0);
  EXPECT_EQ(next["scores"].array().front()["action"].AsString(), "utter_greet");
  EXPECT_TRUE(next["tracker"]["events"].is_null());
  const Json told = Post("/model/predict",
                         R"([{"event":"action","name":"action_listen"},{"event":"user","text":"hello",
                             "parse_data":{"intent":{"name":"order","confidence":1.0},"entities":[]}}])");
  EXPECT_EQ(told["scores"].array().front()["action"].AsString(), "action_listen");
  EXPECT_EQ(told["policy"].AsString(), "RulePolicy");
  EXPECT_EQ(told["scores"].array().back()["action"].AsString(), "order_form");
  EXPECT_EQ(told["scores"].array().back()["score"].AsDouble(), 1.0);
  EXPECT_EQ(Post("/model/predict", "[]")["confidence"].AsDouble(), 1.0);
  Post("/model/predict", R"({"x":1})", 400);
  Post("/model/predict", R"([{"event":"nope"}])", 400);
}

TEST_F(RasaApiTest, AMessageIsTakenNoteOfAndNothingIsPredicted) {
  const Json noted = Post("/conversations/fred/messages", R"({"text":"/order{\"size\":\"big\"}","sender":"user"})");
  EXPECT_EQ(Shown(noted), "action:action_session_start session_started action:action_listen user slot:size");
  EXPECT_EQ(noted["slots"]["size"].AsString(), "big");
  const Json given = Post("/conversations/fred/messages",
                          R"({"text":"x","sender":"user","parse_data":{"intent":{"name":"greet"},"entities":[]}})");
  EXPECT_EQ(given["latest_message"]["intent"]["name"].AsString(), "greet");
  EXPECT_TRUE(given["latest_input_channel"].is_null());
  Post("/conversations/fred/messages", R"({"text":"x","sender":"bot"})", 400);
  Post("/conversations/fred/messages", R"({"sender":"user"})", 400);
}

TEST_F(RasaApiTest, AnIntentIsTriggeredAndIsAnswered) {
  const Json answer = Post("/conversations/cara/trigger_intent", R"({"name":"greet","entities":{"size":"big"}})");
  EXPECT_EQ(answer["messages"], Json::List({Json::Object({{"recipient_id", "cara"}, {"text", "Hello there"}})}));
  const Json& latest = answer["tracker"]["latest_message"];
  EXPECT_EQ(latest["text"].AsString(), "EXTERNAL: greet");
  EXPECT_TRUE(latest["metadata"]["is_external"].AsBool());
  EXPECT_EQ(answer["tracker"]["slots"]["size"].AsString(), "big");
  EXPECT_EQ(Post("/conversations/cara/trigger_intent", R"({"name":"order"})")["messages"],
            Json::List({Json::Object({{"recipient_id", "cara"}, {"text", "Done"}})}));
  Post("/conversations/cara/trigger_intent", R"({"name":"nope"})", 404);
  Post("/conversations/cara/trigger_intent", "{}", 400);
  Post("/conversations/cara/trigger_intent", R"({"name":"greet","entities":[1]})", 400);
}

TEST_F(RasaApiTest, AnOrderedActionIsRunAndNothingIsPredicted) {
  Post("/conversations/dora/execute", R"({"name":"utter_done"})", 404);
  api_->Say("dora", "hello");
  const Json answer = Post("/conversations/dora/execute", R"({"name":"utter_done","policy":"p","confidence":0.5})");
  EXPECT_EQ(answer["messages"].array().front()["text"].AsString(), "Done");
  const Json& events = answer["tracker"]["events"];
  const Json& action = events.array()[events.size() - 2];
  EXPECT_EQ(action["policy"].AsString(), "p");
  EXPECT_EQ(action["confidence"].AsDouble(), 0.5);
  EXPECT_EQ(answer["tracker"]["latest_action_name"].AsString(), "utter_done");
  Post("/conversations/dora/execute", R"({"name":"nope"})", 400);
  Post("/conversations/dora/execute", "{}", 400);
}

TEST_F(RasaApiTest, AConversationIsHeldAgainstWhatAModelWouldHaveDone) {
  api_->Say("ivan", "hello");
  api_->Say("ivan", "/order{\"size\":\"big\"}");
  const Json as_told = api_->Get("/api/conversations/ivan/evaluation");
  EXPECT_FALSE(as_told["failed"].AsBool()) << as_told.Dump();
  EXPECT_EQ(as_told["accuracy"].AsDouble(), 1.0);
  Post("/conversations/ivan/tracker/events",
       R"([{"event":"user","text":"hello","parse_data":{"intent":{"name":"greet","confidence":1.0},"entities":[]}},
           {"event":"action","name":"utter_done"}])");
  const Json otherwise = api_->Get("/api/conversations/ivan/evaluation?environment=production&model_of=production");
  EXPECT_TRUE(otherwise["failed"].AsBool()) << otherwise.Dump();
  EXPECT_NE(otherwise["story"].AsString().find("utter_done  # predicted: utter_greet"), std::string::npos)
      << otherwise["story"].AsString();
  EXPECT_EQ(api_->Call("GET", "/api/conversations/nobody/evaluation").status, 404);
}

TEST_F(RasaApiTest, TheEventsOfAConversationCanBeReplaced) {
  api_->Say("emil", "hello");
  const Json replaced = Send("PUT", "/conversations/emil/tracker/events",
                             R"([{"event":"action","name":"action_listen"},{"event":"user","text":"hello",
                                 "parse_data":{"intent":{"name":"greet"}}}])",
                             200);
  EXPECT_EQ(Shown(replaced), "action:action_listen user");
  EXPECT_EQ(Shown(api_->Get("/conversations/emil/tracker?include_events=ALL")), "action:action_listen user");
  EXPECT_EQ(Send("PUT", "/conversations/emil/tracker/events", "[]", 200)["events"].size(), 0u);
  EXPECT_EQ(Send("PUT", "/conversations/emil/tracker/events", "[]", 200)["events"].size(), 0u);
  EXPECT_EQ(api_->Say("emil", "hello"), R"([{"recipient_id":"emil","text":"Hello there"}])");
  Send("PUT", "/conversations/emil/tracker/events", R"({"event":"action","name":"action_listen"})", 400);
  Send("PUT", "/conversations/emil/tracker/events", "\"x\"", 400);
}

TEST_F(RasaApiTest, AParseCanTakeTheFormOfOtherServices) {
  const std::string body = R"({"text":"/order{\"city\":\"Rome\",\"size\":\"big\"}"})";
  const Json luis = Post("/model/parse?emulation_mode=LUIS", body);
  EXPECT_EQ(luis["prediction"]["topIntent"].AsString(), "order");
  EXPECT_EQ(luis["prediction"]["entities"]["city"], Json::List({"Rome"}));
  EXPECT_EQ(luis["prediction"]["entities"]["$instance"]["size"].array().front()["startIndex"].AsInt(), 6);
  const Json wit = Post("/model/parse?emulation_mode=wit", body);
  EXPECT_EQ(wit["intents"].array().front()["name"].AsString(), "order");
  EXPECT_EQ(wit["entities"]["city:city"].array().front()["value"].AsString(), "Rome");
  const Json flow = Post("/model/parse?emulation_mode=Dialogflow", body);
  EXPECT_EQ(flow["queryResult"]["action"].AsString(), "order");
  EXPECT_EQ(flow["queryResult"]["parameters"]["size"], Json::List({"big"}));
  Post("/model/parse?emulation_mode=nope", body, 400);
}

// All of a project in one document, as a client of Rasa sends it.
std::string Document(const std::string& greeting) {
  return "version: \"3.1\"\nrecipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n"
         "- name: KeywordIntentClassifier\npolicies:\n- name: RulePolicy\nintents: [greet]\nresponses:\n"
         "  utter_greet:\n  - text: " +
         greeting +
         "\nnlu:\n- intent: greet\n  examples: |\n    - hello\nrules:\n- rule: greet\n  steps:\n"
         "  - intent: greet\n  - action: utter_greet\n";
}

TEST_F(RasaApiTest, ADocumentIsTrainedAndItsModelCanBeLoaded) {
  const HttpClientResponse trained = api_->Call("POST", "/model/train", Document("Good morning"));
  ASSERT_EQ(trained.status, 200) << trained.body;
  const std::string file(trained.headers.Get("filename"));
  EXPECT_TRUE(file.ends_with(".grm")) << file;
  ASSERT_TRUE(WriteFileDurably(Path("trained.grm"), trained.body).ok());
  const Json before = api_->Get("/status");
  EXPECT_EQ(before["num_active_training_jobs"].AsInt(), 0);
  Send("PUT", "/model", Json::Object({{"model_file", "models/" + file}}).Dump(), 204);
  EXPECT_TRUE(api_->WaitFor("/status", [&](const Json& status) { return status["model_id"] != before["model_id"]; }));
  EXPECT_EQ(api_->Say("gina", "hello"), R"([{"recipient_id":"gina","text":"Good morning"}])");
}

TEST_F(RasaApiTest, WhatCannotBeTrainedIsRefusedWithTheLineAtFault) {
  Post("/model/train", "", 400);
  Post("/model/train", "x: [", 400);
  Post("/model/train", R"({"config": "x"})", 400);
  Post("/model/train?save_to_default_model_directory=false", Document("x"), 400);
  std::string wrong = Document("x");
  wrong.replace(wrong.find("action: utter_greet\n", wrong.find("rules:")), 19, "action: utter_great");
  const Json refused = Post("/model/train", wrong, 400);
  EXPECT_NE(refused["message"].AsString().find("data/training.yml:21 V011"), std::string::npos) << refused.Dump();
}

TEST_F(RasaApiTest, AModelThatDoesNotExistIsNotLoaded) {
  Send("PUT", "/model", R"({"model_file":"nope.tar.gz"})", 400);
  Send("PUT", "/model", "{}", 400);
  Send("PUT", "/model", R"({"model_server":{"url":"http://127.0.0.1:1/x"}})", 400);
  Send("PUT", "/environments/nowhere/model", R"({"model_file":"bot"})", 404);
  EXPECT_EQ(api_->Say("hugo", "hello"), R"([{"recipient_id":"hugo","text":"Hello there"}])");
}

TEST_F(RasaApiTest, WhatIsSaidToNobodyIsTold) {
  const char* rest = "/webhooks/rest/webhook";
  EXPECT_EQ(Post(rest, R"({"sender": "ada"})"), Json::List()) << "nothing was said";
  EXPECT_EQ(Post(rest, R"({"sender": "ada", "message": null})"), Json::List());
  EXPECT_EQ(Post(rest, R"({"sender": "ada", "message": 5})", 400)["details"]["parameter"].AsString(), "message");
  EXPECT_EQ(Post(rest, R"({"sender": 5, "message": "hello"})").array().front()["recipient_id"].AsString(), "5");
  EXPECT_EQ(Post(rest, R"({"sender": "", "message": "hello"})").array().front()["recipient_id"].AsString(), "default");
  const Json broken = Post(rest, "{bad", 400);
  EXPECT_EQ(broken["description"].AsString(), "Bad Request");
  EXPECT_EQ(broken["status"].AsInt(), 400) << "as the framework there says it";
}

TEST_F(RasaApiTest, AnIdInAPathIsTheSameAsInAMessage) {
  EXPECT_FALSE(api_->Say("a b/c", "hello").empty());
  const Json tracker = api_->Get("/conversations/a%20b%2Fc/tracker");
  EXPECT_EQ(tracker["sender_id"].AsString(), "a b/c");
  EXPECT_EQ(tracker["latest_message"]["text"].AsString(), "hello");
}

TEST_F(RasaApiTest, ANewConversationIsShownAsItWillBeginAndBeginsWithWhatIsAppended) {
  const std::string beginning = "action:action_session_start session_started action:action_listen";
  const Json shown = api_->Get("/conversations/new/tracker");
  EXPECT_EQ(Shown(shown), beginning);
  EXPECT_EQ(shown["latest_action_name"].AsString(), "action_listen");
  EXPECT_TRUE(shown["followup_action"].is_null());
  EXPECT_EQ(api_->Get("/api/conversations").size(), 0u) << "looking keeps nothing";
  const Json after = Post("/conversations/new/tracker/events", R"({"event": "slot", "name": "size", "value": "big"})");
  EXPECT_EQ(Shown(after), beginning + " slot:size");
  for (const Json& event : after["events"].array())
    EXPECT_EQ(event["metadata"]["model_id"], api_->Get("/status")["model_id"]) << event.Dump();
  EXPECT_EQ(Shown(Post("/conversations/new/tracker/events", R"({"event": "pause"})")), beginning + " slot:size pause");
}

TEST_F(RasaApiTest, WhereThereIsNoRouteThatIsSaidInTheFormThatWasSent) {
  const HttpClientResponse text = ApiClient(port_, "").Call("GET", "/nope");
  EXPECT_EQ(text.status, 404);
  EXPECT_TRUE(text.headers.Get("Content-Type").starts_with("text/plain"));
  HttpClientRequest request = api_->Request("POST", "/version", "{}");
  request.headers.Set("Content-Type", "application/json");
  const HttpClientResponse json = api_->Send(request);
  EXPECT_EQ(json.status, 405);
  EXPECT_EQ(json.headers.Get("Allow"), "GET, HEAD");
  EXPECT_EQ(JsonOf(json.body)["description"].AsString(), "Method Not Allowed");
  EXPECT_EQ(JsonOf(api_->Call("GET", "/api/nope").body)["reason"].AsString(), "RouteNotFound");
}

TEST_F(RasaApiTest, WhoMayNotIsToldInTheWordsOfARasaServer) {
  const Json refused = JsonOf(ApiClient(port_, "").Call("GET", "/status").body);
  EXPECT_EQ(refused["reason"].AsString(), "NotAuthenticated");
  EXPECT_EQ(refused["details"]["reason"].AsString(), "TokenNeeded");
  EXPECT_FALSE(refused["request_id"].AsString().empty());
  EXPECT_EQ(ApiClient(port_, "wrong").Call("GET", "/version").status, 200) << "open to all, as there";
  EXPECT_EQ(ApiClient(port_, "wrong").Call("GET", "/status").status, 401);
}

TEST_F(RasaApiTest, PagesOfOtherSitesMayReadOnlyWhenTheyAreNamed) {
  const auto allowed = [](const ApiClient& api, const std::string& path, const std::string& origin) {
    HttpClientRequest request = api.Request("GET", path);
    request.headers.Set("Origin", origin);
    return std::string(api.Send(request).headers.Get("Access-Control-Allow-Origin"));
  };
  EXPECT_EQ(allowed(*api_, "/version", "https://shop.example.org"), "");
  Program server({.arguments = {"run", "--model", Path("bot.grm"), "--home", Path("other"), "--port", "0", "--cors",
                                "https://shop.example.org"},
                  .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
  const uint16_t port = server.WaitReady();
  ASSERT_NE(port, 0) << server.output();
  const ApiClient api(port);
  EXPECT_EQ(allowed(api, "/version", "https://shop.example.org"), "https://shop.example.org");
  EXPECT_EQ(allowed(api, "/nope", "https://shop.example.org"), "https://shop.example.org");
  EXPECT_EQ(allowed(api, "/version", "https://evil.example.org"), "");
  EXPECT_EQ(allowed(api, "/api/version", "https://shop.example.org"), "") << "the management API is for its own pages";
  HttpClientRequest ask = api.Request("OPTIONS", "/webhooks/rest/webhook");
  ask.headers.Set("Origin", "https://shop.example.org");
  ask.headers.Set("Access-Control-Request-Method", "POST");
  const HttpClientResponse answer = api.Send(ask);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(Holds(std::string(answer.headers.Get("Access-Control-Allow-Methods")), "POST"));
  server.Signal(SIGTERM);
  EXPECT_EQ(server.WaitEnd(), 0);
}

TEST_F(RasaApiTest, WithoutAModelNothingIsAnswered) {
  EXPECT_EQ(api_->Call("DELETE", "/model").status, 204);
  const auto gone = [](const HttpClientResponse& answer) { return answer.status == 409; };
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!gone(api_->Call("GET", "/status")) && std::chrono::steady_clock::now() < limit) {
  }
  for (const char* path : {"/status", "/domain"}) EXPECT_EQ(api_->Call("GET", path).status, 409) << path;
  for (const char* path : {"/model/parse", "/model/predict", "/conversations/a/predict", "/conversations/a/messages"})
    EXPECT_EQ(
        api_->Call("POST", path, std::string(path).ends_with("predict") ? "[]" : R"({"text":"x","sender":"user"})")
            .status,
        409)
        << path;
  EXPECT_EQ(api_->Call("DELETE", "/model").status, 204);
}

}  // namespace
}  // namespace greenroom
