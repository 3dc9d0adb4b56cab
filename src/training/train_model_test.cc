#include "training/train_model.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "dialogue/policy_fixture.h"
#include "pipeline/progress_test_support.h"

namespace greenroom {
namespace {

constexpr int kEpochs = 10;

// Learns nothing, in epochs that are counted.
class Nothing final : public Component {
 public:
  void Process(MessageState&) const override {}
  void Save(BlobWriter&) const override {}
};

class TrainModelTest : public testing::Test {
 protected:
  TrainModelTest() {
    ComponentFactory factory;
    factory.spec = {.name = "SlowClassifier", .kind = ComponentKind::kClassifier};
    factory.train = [this](TrainContext& context) -> Result<std::unique_ptr<Component>> {
      RunEpochs({.epochs = kEpochs, .rate = 1, .progress = context.progress}, [this](float) { ++epochs_; });
      return std::unique_ptr<Component>(std::make_unique<Nothing>());
    };
    components_.Add(std::move(factory));
    source_ = SmallDomain({.intents = {"greet", "bye"}, .actions = {"utter_hi", "utter_bye"}});
    source_.data.stories.push_back(Tale("talk", {User("greet"), Action("utter_hi"), User("bye"), Action("utter_bye")}));
    source_.data.stories.push_back(Tale("short", {User("bye"), Action("utter_bye")}));
    // Enough for the pipeline to have a share of the whole beside the policies.
    for (int i = 0; i < 200; ++i) source_.data.nlu.examples.push_back({.text = "hello", .intent = "greet"});
    source_.config.pipeline = {{.name = "SlowClassifier"}};
    source_.config.policies = {
        {.name = "MemoizationPolicy"}, {.name = "TEDPolicy"}, {.name = "UnexpecTEDIntentPolicy"}};
    std::filesystem::remove(output_);
  }
  ~TrainModelTest() override { std::filesystem::remove(output_); }

  Result<TrainedModel> Train(size_t threads) {
    return TrainModel(source_, components_,
                      {.output = output_, .name = "test", .threads = threads, .progress = &progress_}, diagnostics_);
  }
  std::set<std::string> Steps() const {
    std::set<std::string> steps;
    for (const auto& [step, fraction] : progress_.records()) steps.insert(step);
    return steps;
  }

  std::string output_ =
      testing::TempDir() + "/greenroom_train_" + testing::UnitTest::GetInstance()->current_test_info()->name() + ".grm";
  Source source_;
  ComponentRegistry components_;
  Diagnostics diagnostics_;
  RecordedProgress progress_;
  int epochs_ = 0;
};

TEST_F(TrainModelTest, ProgressMovesInsideAComponentNeverFallsAndEndsAtOne) {
  ASSERT_TRUE(Train(2).ok());
  EXPECT_TRUE(progress_.NeverFalls());
  EXPECT_EQ(progress_.last(), 1.0);
  EXPECT_EQ(Steps(), (std::set<std::string>{"SlowClassifier", "policies", "writing the package", "done"}));
  size_t inside = 0, policies = 0;
  for (const auto& [step, fraction] : progress_.records()) {
    inside += step == "SlowClassifier" ? 1 : 0;
    policies += step == "policies" ? 1 : 0;
  }
  EXPECT_GE(inside, static_cast<size_t>(kEpochs));
  EXPECT_GE(policies, 10u);
}

TEST_F(TrainModelTest, ACancelInsideAComponentEndsItWithinAnEpochAndWritesNothing) {
  progress_.cancel_after = 4;
  const Result<TrainedModel> trained = Train(1);
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().reason, "training_cancelled");
  EXPECT_LT(epochs_, kEpochs);
  EXPECT_EQ(progress_.count(), 4u);
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(TrainModelTest, ACancelWhileThePoliciesLearnWritesNothingEither) {
  progress_.cancel_after = kEpochs + 6;
  const Result<TrainedModel> trained = Train(2);
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().reason, "training_cancelled");
  EXPECT_EQ(epochs_, kEpochs);
  EXPECT_FALSE(std::filesystem::exists(output_));
}

TEST_F(TrainModelTest, ThePackageDoesNotDependOnTheNumberOfThreads) {
  const Result<TrainedModel> one = Train(1), four = Train(4);
  ASSERT_TRUE(one.ok() && four.ok());
  EXPECT_EQ(one->digest, four->digest);
}

}  // namespace
}  // namespace greenroom
