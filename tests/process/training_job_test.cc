// Training through the API: live progress, cancelling, and what a project with mistakes is told.
#include <set>

#include "tests/process/home_fixture.h"
#include "tests/process/long_training.h"

namespace greenroom {
namespace {

constexpr char kJobs[] = "/api/projects/default/models/jobs";

class TrainingJobTest : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    server_ = std::make_unique<Program>(
        Program::Options{.arguments = {"up", "--home", home_, "--port", "0"},
                         .environment = {std::string("GREENROOM_ADMIN_TOKEN=") + kAdminToken}});
    const uint16_t port = server_->WaitReady();
    ASSERT_NE(port, 0) << server_->output();
    api_ = std::make_unique<ApiClient>(port);
  }

  // Starts a job and gives its id.
  std::string Train(const std::map<std::string, std::string>& files, const std::string& name) const {
    Json sent = Json::Object();
    for (const auto& [file, text] : files) sent.Set(file, text);
    const Json body = Json::Object({{"name", name}, {"files", sent}});
    const HttpClientResponse answer = api_->Call("POST", kJobs, body.Dump());
    EXPECT_EQ(answer.status, 202) << answer.body;
    return JsonOf(answer.body)["id"].AsString();
  }

  // All states of a job as its stream tells them, to the end of the stream. `seen` may end it sooner.
  std::vector<Json> Follow(const std::string& job, const std::function<bool(const Json&)>& seen = {}) const {
    std::vector<Json> states;
    auto answer = api_->client().StreamLines(api_->Request("GET", std::string(kJobs) + "/" + job + "/events"),
                                             [&](std::string_view line) {
                                               if (!line.starts_with("data: ")) return true;
                                               states.push_back(ParseJson(line.substr(6)).value());
                                               return !seen || seen(states.back());
                                             });
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return states;
  }

  std::set<std::string> ModelNames() const {
    std::set<std::string> names;
    const Json models = api_->Get("/api/projects/default/models");
    for (const Json& model : models.array()) names.insert(model["model"].AsString());
    return names;
  }
  std::set<std::string> ModelFiles() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(home_ + "/models"))
      names.insert(entry.path().filename().string());
    return names;
  }

  std::unique_ptr<Program> server_;
  std::unique_ptr<ApiClient> api_;
};

// Processes whose parent is the given one, from /proc.
std::set<pid_t> ChildrenOf(pid_t parent) {
  std::set<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    FILE* file = std::fopen((entry.path() / "stat").c_str(), "r");
    if (!file) continue;
    int found = 0;
    char state = 0;
    if (std::fscanf(file, "%*d (%*[^)]) %c %d", &state, &found) == 2 && found == parent && state != 'Z')
      children.insert(std::stoi(name));
    std::fclose(file);
  }
  return children;
}

TEST_F(TrainingJobTest, TheStreamTellsProgressInOrderAndEndsWithTheModel) {
  const std::vector<Json> states = Follow(Train(SmallProject(), "first"));
  ASSERT_GE(states.size(), 2u);
  double fraction = 0;
  for (const Json& state : states) {
    EXPECT_GE(state["fraction"].AsDouble(), fraction) << state.Dump();
    fraction = state["fraction"].AsDouble();
  }
  EXPECT_EQ(states.back()["state"].AsString(), "done") << states.back().Dump();
  EXPECT_EQ(states.back()["model"].AsString(), "first");
  EXPECT_EQ(fraction, 1.0);
  EXPECT_EQ(ModelNames(), std::set<std::string>{"first"});
}

TEST_F(TrainingJobTest, TheStreamOfAFinishedJobIsItsLastState) {
  const std::string job = Train(SmallProject(), "first");
  Follow(job);
  const std::vector<Json> again = Follow(job);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0]["state"].AsString(), "done");
  EXPECT_EQ(api_->Get(std::string(kJobs) + "/" + job), again[0]);
}

TEST_F(TrainingJobTest, ACancelledJobLeavesNoProcessNoModelAndNoHalfFile) {
  const std::string job = Train(LongTraining(), "endless");
  Follow(job, [](const Json& state) {  // stops to listen once the child has said something
    return state["state"].AsString() != "training" || state["step"].AsString() == "starting";
  });
  const std::set<pid_t> children = ChildrenOf(server_->pid());
  EXPECT_EQ(api_->Call("DELETE", std::string(kJobs) + "/" + job).status, 202);
  const std::vector<Json> states = Follow(job);
  ASSERT_FALSE(states.empty());
  EXPECT_EQ(states.back()["state"].AsString(), "cancelled") << states.back().Dump();
  EXPECT_EQ(children.size(), 1u);
  EXPECT_TRUE(ChildrenOf(server_->pid()).empty());
  EXPECT_TRUE(ModelNames().empty());
  EXPECT_TRUE(ModelFiles().empty());
  EXPECT_TRUE(std::filesystem::is_empty(home_ + "/sources"));
  EXPECT_EQ(api_->Call("DELETE", std::string(kJobs) + "/" + job).status, 409) << "it is over";
}

TEST_F(TrainingJobTest, AJobThatWaitsBehindAnotherIsCancelledBeforeItBegins) {
  const std::string running = Train(LongTraining(), "endless"), waiting = Train(SmallProject(), "waiting");
  EXPECT_EQ(api_->Call("DELETE", std::string(kJobs) + "/" + waiting).status, 202);
  EXPECT_EQ(Follow(waiting).back()["state"].AsString(), "cancelled");
  EXPECT_EQ(api_->Call("DELETE", std::string(kJobs) + "/" + running).status, 202);
  EXPECT_EQ(Follow(running).back()["state"].AsString(), "cancelled");
  EXPECT_EQ(Follow(Train(SmallProject(), "next")).back()["state"].AsString(), "done") << "the queue goes on";
  EXPECT_EQ(ModelNames(), std::set<std::string>{"next"});
  EXPECT_TRUE(std::filesystem::is_empty(home_ + "/sources"));
  const HttpClientResponse page = api_->Call("GET", std::string(kJobs) + "?limit=1&offset=1");
  EXPECT_EQ(page.headers.Get("X-Total-Count"), "3");
  ASSERT_EQ(JsonOf(page.body).size(), 1u) << page.body;
  EXPECT_EQ(JsonOf(page.body).array().front()["id"].AsString(), waiting) << "newest first";
}

TEST_F(TrainingJobTest, AProjectWithMistakesIsToldAllOfThemWithTheirPlaces) {
  const auto files = SmallProject({{"data/rules.yml",
                                    "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_none\n"
                                    "- rule: ask\n  steps:\n  - intent: ask\n  - action: utter_nothing\n"}});
  const Json job = Follow(Train(files, "faulty")).back();
  EXPECT_EQ(job["state"].AsString(), "failed");
  EXPECT_FALSE(job["error"].AsString().empty());
  std::set<std::string> places;
  for (const Json& item : job["diagnostics"].array()) {
    if (item["code"].AsString() == "V011")
      places.insert(item["file"].AsString() + ":" + std::to_string(item["line"].AsInt()));
  }
  EXPECT_EQ(places, (std::set<std::string>{"data/rules.yml:5", "data/rules.yml:9"})) << job["diagnostics"].Dump();
  EXPECT_TRUE(ModelNames().empty());
  EXPECT_TRUE(ModelFiles().empty());
}

TEST_F(TrainingJobTest, ANameThatIsTakenOrNoNameAtAllHarmsNoModel) {
  ASSERT_EQ(Follow(Train(SmallProject(), "first")).back()["state"].AsString(), "done");
  const std::string before = api_->Call("GET", "/api/projects/default/models/first").body;
  const auto other = SmallProject({{"domain.yml",
                                    "version: \"3.1\"\nintents: [greet, ask]\nresponses:\n  utter_greet:\n"
                                    "  - text: Other\n  utter_ask:\n  - text: Other\n"}});
  for (const char* name : {"first", "../first", "a/b", "42"}) {
    const Json body = Json::Object({{"name", name},
                                    {"files", Json::Object({{"config.yml", other.at("config.yml")},
                                                            {"domain.yml", other.at("domain.yml")},
                                                            {"nlu.yml", other.at("data/nlu.yml")}})}});
    const int status = api_->Call("POST", kJobs, body.Dump()).status;
    EXPECT_TRUE(status == 400 || status == 409) << name << ": " << status;
  }
  EXPECT_EQ(api_->Call("GET", "/api/projects/default/models/first").body, before);
  EXPECT_EQ(ModelNames(), std::set<std::string>{"first"});
  EXPECT_EQ(ModelFiles(), std::set<std::string>{"first.grm"});
}

}  // namespace
}  // namespace greenroom
