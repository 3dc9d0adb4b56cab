#include "serving/remote_servers.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "base/log.h"

namespace greenroom {
namespace {

// A registry of environments in memory; models are not kept.
class FakeRegistryStore : public RegistryStore {
 public:
  std::vector<EnvironmentRecord> environments;
  std::vector<ModelRecord> models;

  Result<void> CreateAssistant(const AssistantRecord&) override { return {}; }
  Result<std::vector<AssistantRecord>> Assistants() const override { return std::vector<AssistantRecord>(); }
  Result<ModelRecord> AddModel(ModelRecord model) override { return model; }
  Result<std::optional<ModelRecord>> FindModel(const std::string&, const std::string& name) const override {
    for (const ModelRecord& model : models)
      if (model.name == name) return std::optional<ModelRecord>(model);
    return std::optional<ModelRecord>();
  }
  Result<std::optional<ModelRecord>> FindModelByDigest(const std::string&, const std::string&) const override {
    return std::optional<ModelRecord>();
  }
  Result<std::optional<ModelRecord>> FindModelByTag(const std::string&, const std::string&) const override {
    return std::optional<ModelRecord>();
  }
  Result<std::vector<ModelRecord>> Models(const std::string&) const override { return models; }
  Result<void> DeleteModel(const std::string&, const std::string&, const ChangedBy&) override { return {}; }
  Result<void> PutEnvironment(const EnvironmentRecord&, const ChangedBy&) override { return {}; }
  Result<void> DeleteEnvironment(const std::string&, const std::string&, const ChangedBy&) override { return {}; }
  Result<std::vector<EnvironmentRecord>> Environments(const std::string&) const override { return environments; }
  Result<DeploymentRecord> MoveTag(const TagMove&, double) override { return DeploymentRecord{}; }
  Result<std::vector<DeploymentRecord>> Deployments(const std::string&, const std::string&, int64_t) const override {
    return std::vector<DeploymentRecord>();
  }
};

// Keeps the calls until the test answers them.
class FakeCaller : public RemoteCaller {
 public:
  void Call(RemoteCall call, std::function<void(RemoteAnswer)> done) override {
    calls.push_back(std::move(call));
    waiting.push_back(std::move(done));
  }
  void Answer(RemoteAnswer answer) {
    auto done = std::move(waiting.front());
    waiting.erase(waiting.begin());
    done(std::move(answer));
  }

  std::vector<RemoteCall> calls;
  std::vector<std::function<void(RemoteAnswer)>> waiting;
};

RemoteAnswer StatusAnswer(const std::string& file, const std::string& id) {
  return {.status = 200,
          .content_type = "application/json",
          .body = Json::Object({{"model_file", file}, {"model_id", id}, {"num_active_training_jobs", 0}}).Dump()};
}

const RemoteAnswer kVersion = {.status = 200,
                               .body = R"({"version": "3.6.21", "minimum_compatible_version": "3.5.0"})"};

class RemoteServersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    store_.models = {{.name = "first", .digest = "d1"}, {.name = "second", .digest = "d2"}};
    store_.environments = {
        {.name = "production"},
        {.name = "staging", .url = "http://staging:5005", .token = "secret", .wanted_model = "first"}};
  }

  // One round of questions, answered.
  RemoteStatus Round(const RemoteAnswer& status) {
    clock_.Advance(10);
    servers_.Tick();
    EXPECT_EQ(caller_.waiting.size(), 1u);
    caller_.Answer(status);
    if (!caller_.waiting.empty()) caller_.Answer(kVersion);
    return servers_.StatusOf("staging").value();
  }

  FakeRegistryStore store_;
  FakeClock clock_;
  Registry registry_{store_, clock_};
  FakeCaller caller_;
  RemoteServers servers_{registry_, caller_, clock_};
};

TEST_F(RemoteServersTest, FindsRemoteEnvironmentsOnly) {
  ASSERT_TRUE(servers_.Refresh().ok());
  EXPECT_EQ(servers_.Find("staging")->url, "http://staging:5005");
  EXPECT_FALSE(servers_.Find("production").has_value());
  EXPECT_FALSE(servers_.Find("absent").has_value());
}

TEST_F(RemoteServersTest, AsksEachServerForStatusAndVersionEveryTenSeconds) {
  servers_.Tick();
  servers_.Tick();
  ASSERT_EQ(caller_.calls.size(), 1u) << "one question at a time";
  EXPECT_EQ(caller_.calls[0].target, "/status");
  EXPECT_EQ(caller_.calls[0].token, "secret");
  caller_.Answer(StatusAnswer("models/first.tar.gz", "abc"));
  ASSERT_EQ(caller_.calls.size(), 2u);
  EXPECT_EQ(caller_.calls[1].target, "/version");
  caller_.Answer(kVersion);
  RemoteStatus status = servers_.StatusOf("staging").value();
  EXPECT_EQ(status.state, "ok");
  EXPECT_EQ(status.version, "3.6.21");
  EXPECT_EQ(status.ModelName(), "first");
  EXPECT_TRUE(status.AsWanted());
  EXPECT_EQ(status.last_seen, clock_.NowSeconds());
  clock_.Advance(9);
  servers_.Tick();
  EXPECT_EQ(caller_.calls.size(), 2u) << "not before its time";
  clock_.Advance(1);
  servers_.Tick();
  EXPECT_EQ(caller_.calls.size(), 3u);
}

TEST_F(RemoteServersTest, IsAskedEachSecondUntilItHasTheModelThatTheTagMovedTo) {
  Round(StatusAnswer("first", "d1"));
  store_.environments[1].wanted_model = "second";
  for (const char* model : {"first", "first", "second"}) {
    clock_.Advance(1);
    servers_.Tick();
    ASSERT_EQ(caller_.waiting.size(), 1u) << model;
    caller_.Answer(StatusAnswer(model, "x"));
    caller_.Answer(kVersion);
  }
  EXPECT_TRUE(servers_.StatusOf("staging")->AsWanted());
  clock_.Advance(1);
  servers_.Tick();
  EXPECT_TRUE(caller_.waiting.empty()) << "it follows: back to the usual interval";
}

TEST_F(RemoteServersTest, KnowsAModelByDigestTooAndSaysWhenItIsAnother) {
  EXPECT_TRUE(Round(StatusAnswer("x", "d1")).AsWanted());
  EXPECT_FALSE(Round(StatusAnswer("second.grm", "d2")).AsWanted());
  store_.environments[1].wanted_model = "second";
  EXPECT_TRUE(Round(StatusAnswer("second.grm", "d2")).AsWanted());
}

TEST_F(RemoteServersTest, NamesWhatIsWrong) {
  EXPECT_EQ(Round({.status = 401}).state, "token_refused");
  EXPECT_EQ(Round({.failure = "connect_failed"}).state, "unreachable");
  EXPECT_EQ(Round({.failure = "timeout"}).state, "unreachable");
  EXPECT_EQ(Round({.status = 409}).state, "without_model");
  EXPECT_EQ(Round({.status = 302}).state, "failing");
  EXPECT_EQ(Round({.status = 500}).state, "failing");
  EXPECT_EQ(Round({.status = 200, .body = "<html>"}).state, "failing");
  RemoteStatus status = servers_.StatusOf("staging").value();
  EXPECT_FALSE(status.failure.empty());
  EXPECT_FALSE(status.AsWanted());
}

TEST_F(RemoteServersTest, KeepsTheLastSightingWhileAServerIsAway) {
  double seen = Round(StatusAnswer("first", "d1")).last_seen;
  RemoteStatus away = Round({.failure = "connect_failed"});
  EXPECT_EQ(away.last_seen, seen);
  EXPECT_GT(away.last_asked, seen);
}

TEST_F(RemoteServersTest, ServersThatTakeTurnsDisagree) {
  EXPECT_FALSE(Round(StatusAnswer("first", "d1")).disagrees);
  EXPECT_FALSE(Round(StatusAnswer("second", "d2")).disagrees) << "a roll-out";
  EXPECT_FALSE(Round(StatusAnswer("second", "d2")).disagrees);
  EXPECT_TRUE(Round(StatusAnswer("first", "d1")).disagrees) << "and back: two servers";
}

TEST_F(RemoteServersTest, RollingTheTagBackIsNoDisagreement) {
  Round(StatusAnswer("first", "d1"));
  store_.environments[1].wanted_model = "second";
  Round(StatusAnswer("second", "d2"));
  store_.environments[1].wanted_model = "first";
  EXPECT_FALSE(Round(StatusAnswer("first", "d1")).disagrees);
}

TEST_F(RemoteServersTest, AnAnswerOfTheServerBeforeIsNotTakenForTheNewOne) {
  servers_.Tick();
  store_.environments[1].url = "http://other:5005";
  ASSERT_TRUE(servers_.Refresh().ok());
  caller_.Answer({.failure = "connect_failed"});
  EXPECT_EQ(servers_.StatusOf("staging")->state, "unknown");
  store_.environments.pop_back();
  ASSERT_TRUE(servers_.Refresh().ok());
  EXPECT_TRUE(servers_.Status().empty());
}

TEST(RemoteProblem, TellsTheClientWhoseFaultItIs) {
  const std::pair<RemoteAnswer, std::pair<int, const char*>> rows[] = {
      {{.failure = "connect_failed"}, {503, "remote_unreachable"}},
      {{.failure = "timeout"}, {504, "remote_timeout"}},
      {{.failure = "tls_failed"}, {502, "remote_tls_failed"}},
      {{.failure = "response_too_large"}, {502, "remote_answer_too_large"}},
      {{.failure = "address_refused"}, {502, "remote_address_refused"}},
      {{.failure = "bad_response"}, {502, "remote_broken_answer"}},
      {{.status = 301}, {502, "remote_redirected"}},
      {{.status = 401}, {502, "remote_token_refused"}},
      {{.status = 403}, {502, "remote_token_refused"}},
      {{.status = 500}, {502, "remote_failed"}},
      {{.status = 503}, {503, "remote_not_ready"}},
  };
  for (const auto& [answer, expected] : rows) {
    auto problem = ProblemOf(answer);
    ASSERT_TRUE(problem.has_value()) << expected.second;
    EXPECT_EQ(problem->status, expected.first) << expected.second;
    EXPECT_EQ(problem->reason, expected.second);
  }
  for (int status : {200, 204, 400, 404, 409, 429}) EXPECT_FALSE(ProblemOf({.status = status}).has_value()) << status;
}

}  // namespace
}  // namespace greenroom
