// What a team does to know how good its assistant is: `greenroom test`, and the same over HTTP.
#include "tests/process/home_fixture.h"

namespace greenroom {
namespace {

std::map<std::string, std::string> TestedProject() {
  return SmallProject(
      {{"tests/test_stories.yml",
        "stories:\n- story: asks a price\n  steps:\n  - user: |\n      hello\n    intent: greet\n  - action: "
        "utter_greet\n"
        "  - user: |\n      how much\n    intent: ask\n  - action: utter_ask\n"
        "- story: is greeted twice\n  steps:\n  - user: |\n      hello\n    intent: greet\n  - action: utter_ask\n"}});
}

class TestCommandTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    WriteProject("bot", TestedProject());
    TrainProject("bot", "bot/models/one.grm");
  }

  // Runs `greenroom test ...` on the project; returns its output.
  std::string Tested(std::vector<std::string> more, int status = 0) const {
    std::vector<std::string> arguments = {"test"};
    if (!more.empty() && (more[0] == "nlu" || more[0] == "core")) {
      arguments.push_back(more[0]);
      more.erase(more.begin());
    }
    arguments.insert(arguments.end(), {"--project", Path("bot"), "--out", Path("results")});
    arguments.insert(arguments.end(), more.begin(), more.end());
    Program program({.arguments = arguments});
    EXPECT_EQ(program.WaitEnd(), status) << program.output();
    return program.output();
  }
  std::string Result(const std::string& name) const {
    auto text = ReadFile(Path("results/" + name));
    EXPECT_TRUE(text.ok()) << name;
    return text.ok() ? *text : "";
  }
};

TEST_F(TestCommandTest, StoriesAndMessagesLeaveTheirReports) {
  const std::string output = Tested({"--successes"});
  EXPECT_NE(output.find("1 of 2 stories passed"), std::string::npos) << output;
  const Json report = JsonOf(Result("story_report.json"));
  EXPECT_EQ(report["conversation_accuracy"]["total"], Json(2));
  EXPECT_EQ(report["greet"]["support"], Json(2));
  EXPECT_NE(Result("failed_test_stories.yml").find("- action: utter_ask  # predicted: utter_greet\n"),
            std::string::npos);
  EXPECT_NE(Result("successful_test_stories.yml").find("asks a price (tests/test_stories.yml)"), std::string::npos);
  EXPECT_EQ(Result("stories_with_warnings.yml"), "# No warnings for test stories");
  EXPECT_EQ(JsonOf(Result("intent_report.json"))["greet"]["support"], Json(2));
  EXPECT_TRUE(Result("intent_confusion_matrix.png").starts_with("\x89PNG"));
  EXPECT_TRUE(Result("intent_histogram.svg").starts_with("<svg"));
  EXPECT_FALSE(FileExists(Path("results/intent_errors.json")));
  EXPECT_EQ(JsonOf(Result("intent_successes.json")).size(), 4u);
}

TEST_F(TestCommandTest, PartsAreTestedAloneAndPlotsCanBeLeftOut) {
  Tested({"nlu", "--no-plot"});
  EXPECT_FALSE(FileExists(Path("results/story_report.json")));
  EXPECT_FALSE(FileExists(Path("results/intent_histogram.png")));
  Tested({"core", "--junit", Path("junit.xml"), "--sarif", Path("found.sarif")});
  EXPECT_EQ(JsonOf(Result("story_report.json"))["conversation_accuracy"]["accuracy"], Json(1.0));
  EXPECT_TRUE(FileExists(Path("junit.xml")));
  EXPECT_TRUE(FileExists(Path("found.sarif")));
}

TEST_F(TestCommandTest, AFailedStoryIsAnErrorWhenItShallBe) {
  Tested({"core", "--e2e", "--fail-on-prediction-errors"}, 1);
  Tested({"core", "--e2e"}, 0);
}

TEST_F(TestCommandTest, WithoutAModelOrWithBrokenStoriesNothingIsReported) {
  Tested({"--model", Path("nowhere")}, 6);
  WriteProject("bot", {{"tests/test_broken.yml", "stories:\n- story: x\n  steps:\n  - actoin: utter_greet\n"}});
  const std::string output = Tested({"core", "--e2e"}, 3);
  EXPECT_NE(output.find("test_broken.yml:4"), std::string::npos) << output;
}

TEST_F(TestCommandTest, CrossValidationNeedsNoModel) {
  std::filesystem::remove_all(Path("bot/models"));
  const std::string output = Tested({"nlu", "--cross-validation", "--folds", "2"});
  EXPECT_NE(output.find("over 2 folds"), std::string::npos) << output;
  EXPECT_EQ(JsonOf(Result("cross_validation.json"))["test"]["intent"]["f1-score_by_fold"].size(), 2u);
  EXPECT_EQ(JsonOf(Result("intent_report.json"))["ask"]["support"], Json(2));
}

TEST_F(TestCommandTest, ModelsAndConfigsAreCompared) {
  TrainProject("bot", "bot/models/two.grm");
  Tested({"core", "--e2e", "--evaluate-model-directory"});
  const Json models = JsonOf(Result("results.json"));
  EXPECT_EQ(models.size(), 2u);
  EXPECT_EQ(models.members()[0].second, Json(1));
  std::string yaml = "nlu:\n- intent: greet\n  examples: |\n";
  for (int i = 0; i < 10; ++i) yaml += "    - hello " + std::to_string(i) + "\n";
  WriteProject("bot", {{"other.yml", TestedProject().at("config.yml")}, {"data/more.yml", yaml}});
  Tested({"nlu", "-c", "config.yml", "other.yml", "-r", "1", "-p", "0", "50"});
  EXPECT_EQ(JsonOf(Result("results.json"))["other.yml"].array()[0].size(), 2u);
}

class TestRoutesTest : public TestCommandTest {
 protected:
  void SetUp() override {
    TestCommandTest::SetUp();
    server_ = std::make_unique<Program>(Program::Options{
        .arguments = {"run", "--model", Path("bot/models/one.grm"), "--home", Path("home"), "--port", "0"},
        .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    const uint16_t port = server_->WaitReady();
    ASSERT_NE(port, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port);
  }
  void TearDown() override {
    server_->Signal(SIGTERM);
    EXPECT_EQ(server_->WaitEnd(), 0) << server_->output();
    HomeTest::TearDown();
  }
  Json Post(const std::string& path, const std::string& body, int status) const {
    const HttpClientResponse answer = api_->Call("POST", path, body);
    EXPECT_EQ(answer.status, status) << path << ": " << answer.body;
    return JsonOf(answer.body);
  }

  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
};

constexpr char kStory[] =
    "stories:\n- story: t\n  steps:\n  - user: |\n      hello\n    intent: greet\n  - action: utter_greet\n";

TEST_F(TestRoutesTest, StoriesAreReplayedWithAndWithoutTheirTexts) {
  const Json plain = Post("/model/test/stories", kStory, 200);
  EXPECT_EQ(plain["report"]["micro avg"]["support"], Json(2));
  EXPECT_EQ(plain["actions"].array()[0]["policy"], Json("RulePolicy"));
  EXPECT_EQ(plain["is_end_to_end_evaluation"], Json(false));
  const Json texts = Post("/environments/production/model/test/stories?e2e=true", kStory, 200);
  EXPECT_EQ(texts["report"]["greet"]["support"], Json(1));
  EXPECT_EQ(texts["is_end_to_end_evaluation"], Json(true));
}

TEST_F(TestRoutesTest, MessagesAreParsedAndCompared) {
  const Json found =
      Post("/model/test/intents", "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - price\n", 200);
  EXPECT_EQ(found["intent_evaluation"]["accuracy"], Json(0.5));
  EXPECT_EQ(found["intent_evaluation"]["errors"].size(), 1u);
  EXPECT_TRUE(found["entity_evaluation"].is_null());
}

TEST_F(TestRoutesTest, WhatCannotBeTestedIsRefused) {
  const Json empty = Post("/model/test/stories", "", 400);
  EXPECT_EQ(empty["reason"], Json("BadRequest"));
  EXPECT_EQ(empty["message"],
            Json("You must provide some stories in the request body in order to evaluate your model."));
  Post("/model/test/intents", "[]", 400);
  Post("/model/test/intents", "nlu: {", 400);
  Post("/model/test/stories?e2e=perhaps", kStory, 400);
  Post("/model/test/intents?model=nope", "nlu:\n- intent: greet\n  examples: |\n    - hello\n", 400);
  Post("/model/test/intents?cross_validation_folds=3", "nlu:\n- intent: greet\n  examples: |\n    - hello\n", 400);
  Post("/environments/nowhere/model/test/stories", kStory, 404);
}

}  // namespace
}  // namespace greenroom
