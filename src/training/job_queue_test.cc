#include "training/job_queue.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "pipeline/package.h"

namespace greenroom {
namespace {

// Keeps jobs in memory and counts how often each was written.
class MemoryJobs final : public JobStore {
 public:
  Result<void> Put(const TrainingJob& job) override {
    jobs.With([&](auto& all) { all[job.id].push_back(job); });
    return {};
  }
  Result<std::optional<TrainingJob>> Find(const std::string& id) const override {
    return jobs.With([&](const auto& all) {
      const auto found = all.find(id);
      return found == all.end() ? std::optional<TrainingJob>() : std::optional(found->second.back());
    });
  }
  Result<std::vector<TrainingJob>> List(const std::string&, int64_t) const override {
    return jobs.With([](const auto& all) {
      std::vector<TrainingJob> list;
      for (const auto& [id, states] : all) list.push_back(states.back());
      return list;
    });
  }
  Guarded<std::map<std::string, std::vector<TrainingJob>>> jobs;  // all states of each, in order
};

// Knows one model at most and takes no other.
class NoModels final : public RegistryStore {
 public:
  Result<void> CreateAssistant(const AssistantRecord&) override { return Nothing(); }
  Result<std::vector<AssistantRecord>> Assistants() const override { return Nothing(); }
  Result<ModelRecord> AddModel(ModelRecord) override { return Nothing(); }
  Result<std::optional<ModelRecord>> FindModel(const std::string&, const std::string&) const override {
    return std::optional<ModelRecord>();
  }
  Result<std::optional<ModelRecord>> FindModelByDigest(const std::string&, const std::string& digest) const override {
    return digest == known.digest ? std::optional(known) : std::nullopt;
  }
  Result<std::optional<ModelRecord>> FindModelByTag(const std::string&, const std::string&) const override {
    return Nothing();
  }
  Result<std::vector<ModelRecord>> Models(const std::string&) const override { return Nothing(); }
  Result<void> DeleteModel(const std::string&, const std::string&, const ChangedBy&) override { return Nothing(); }
  Result<void> PutEnvironment(const EnvironmentRecord&, const ChangedBy&) override { return Nothing(); }
  Result<void> DeleteEnvironment(const std::string&, const std::string&, const ChangedBy&) override {
    return Nothing();
  }
  Result<std::vector<EnvironmentRecord>> Environments(const std::string&) const override { return Nothing(); }
  Result<DeploymentRecord> MoveTag(const TagMove&, double) override { return Nothing(); }
  Result<std::vector<DeploymentRecord>> Deployments(const std::string&, const std::string&, int64_t) const override {
    return Nothing();
  }

  ModelRecord known;

 private:
  static Error Nothing() { return {ErrorCode::kUnavailable, "no_store", "there is no store"}; }
};

// The child is a shell script that says what a training would.
class JobQueueTest : public testing::Test {
 protected:
  JobQueueTest()
      : folder_(testing::TempDir() + "/greenroom_jobs_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::create_directories(folder_);
  }
  ~JobQueueTest() override {
    queue_.Stop();
    if (worker_.joinable()) worker_.join();
    std::filesystem::remove_all(folder_);
  }

  void ChildRuns(const std::string& script) {
    const std::string program = folder_ + "/child";
    std::ofstream(program) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }
  TrainingJob Submit() { return queue_.Submit({.source_directory = folder_, .actor = "test"}).value(); }
  void Follow(const std::string& id) {
    queue_.Subscribe(id, [this](const TrainingJob& job) {
      MutexLock lock(mutex_);
      followed_.push_back(job);
      changed_.NotifyAll();
    });
  }
  void StartWorker() {
    worker_ = std::thread([this] {
      while (queue_.RunNext()) {
      }
    });
  }
  // Waits until the job was seen at the step.
  void AwaitStep(const std::string& step) {
    MutexLock lock(mutex_);
    changed_.Wait(mutex_, [&]() REQUIRES_LOCK(mutex_) { return !followed_.empty() && followed_.back().step == step; });
  }
  std::vector<TrainingJob> Followed() {
    MutexLock lock(mutex_);
    return followed_;
  }

  std::string folder_;
  FakeClock clock_;
  MemoryJobs jobs_;
  NoModels models_;
  Registry registry_{models_, clock_};
  JobQueue queue_{jobs_, registry_, clock_, {.program = folder_ + "/child", .data_directory = folder_, .threads = 3}};
  std::thread worker_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::vector<TrainingJob> followed_ GUARDED_BY(mutex_);
};

TEST_F(JobQueueTest, ProgressReachesListenersAndIsNotWrittenToTheStore) {
  ChildRuns(
      "for f in 0.1 0.2 0.3 0.4; do echo \"{\\\"step\\\":\\\"learning\\\",\\\"fraction\\\":$f}\"; done\n"
      "echo '{\"error\":{\"reason\":\"source_invalid\",\"message\":\"two errors\"}}'\n");
  const TrainingJob job = Submit();
  Follow(job.id);
  ASSERT_TRUE(queue_.RunNext());
  std::vector<double> fractions;
  for (const TrainingJob& seen : Followed()) fractions.push_back(seen.fraction);
  EXPECT_EQ(fractions, (std::vector<double>{0, 0.1, 0.2, 0.3, 0.4, 0.4}));
  EXPECT_EQ(jobs_.jobs.With([&](auto& all) { return all[job.id].size(); }), 3u);  // queued, training, failed
  const TrainingJob ended = queue_.Find(job.id).value();
  EXPECT_EQ(ended.state, JobState::kFailed);
  EXPECT_EQ(ended.error, "source_invalid");
}

TEST_F(JobQueueTest, ARunningJobIsShownAsItIsNowAndCanBeCancelled) {
  ChildRuns("echo '{\"step\":\"folds\",\"fraction\":0.5}'\nexec sleep 600\n");
  const TrainingJob job = Submit();
  Follow(job.id);
  StartWorker();
  AwaitStep("folds");
  EXPECT_EQ(queue_.Find(job.id)->fraction, 0.5);
  EXPECT_EQ(queue_.List("default", 10)->front().step, "folds");
  ASSERT_TRUE(queue_.Cancel(job.id).ok());
  queue_.Stop();
  worker_.join();
  EXPECT_EQ(queue_.Find(job.id)->state, JobState::kCancelled);
  EXPECT_EQ(queue_.Cancel(job.id).error().reason, "job_state_conflict");
}

TEST_F(JobQueueTest, AWaitingJobThatIsCancelledNeverStarts) {
  ChildRuns("touch " + folder_ + "/started\n");
  const TrainingJob job = Submit();
  ASSERT_TRUE(queue_.Cancel(job.id).ok());
  EXPECT_EQ(queue_.Find(job.id)->state, JobState::kCancelled);
  queue_.Stop();
  EXPECT_FALSE(queue_.RunNext());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/started"));
}

TEST_F(JobQueueTest, AChildThatCrashesFailsItsJob) {
  ChildRuns("kill -SEGV $$\n");
  const TrainingJob job = Submit();
  ASSERT_TRUE(queue_.RunNext());
  EXPECT_EQ(queue_.Find(job.id)->error, "training_crashed");
}

TEST_F(JobQueueTest, AModelThatIsThereIsNotTrainedOver) {
  ChildRuns("echo trained > \"$5\"\nexit 1\n");
  std::filesystem::create_directories(folder_ + "/models");
  std::ofstream(folder_ + "/models/mine.grm") << "mine";
  const TrainingJob job = queue_.Submit({.source_directory = folder_, .name = "mine", .actor = "test"}).value();
  ASSERT_TRUE(queue_.RunNext());
  EXPECT_EQ(queue_.Find(job.id)->error, "model_exists");
  EXPECT_EQ(std::filesystem::file_size(folder_ + "/models/mine.grm"), 4u);
}

TEST_F(JobQueueTest, ATrainingThatChangesNothingEndsWithTheModelThatIsThere) {
  PackageDraft draft;
  draft.manifest = Json::Object({{"engine", "test"}});
  models_.known = {.name = "earlier", .digest = WritePackage(draft, folder_ + "/package").value()};
  ChildRuns("mkdir -p \"$(dirname \"$5\")\"\ncp " + folder_ + "/package \"$5\"\necho '{\"result\":{}}'\n");
  const TrainingJob job = queue_.Submit({.source_directory = folder_, .name = "again", .actor = "test"}).value();
  ASSERT_TRUE(queue_.RunNext());
  const TrainingJob ended = queue_.Find(job.id).value();
  EXPECT_EQ(ended.state, JobState::kDone) << ended.message;
  EXPECT_EQ(ended.model, "earlier");
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/models/again.grm"));
}

TEST_F(JobQueueTest, AFailedTrainingLeavesNoPackage) {
  ChildRuns("mkdir -p \"$(dirname \"$5\")\"\necho half > \"$5\"\nexit 1\n");
  queue_.Submit({.source_directory = folder_, .name = "half", .actor = "test"}).value();
  ASSERT_TRUE(queue_.RunNext());
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/models"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/models/half.grm"));
}

TEST_F(JobQueueTest, ANameThatIsNoFileNameIsRefused) {
  for (const char* name : {"../escape", "a/b", ".hidden", "7"}) {
    const auto job = queue_.Submit({.source_directory = folder_, .name = name, .actor = "test"});
    ASSERT_FALSE(job.ok()) << name;
    EXPECT_EQ(job.error().reason, "model_name_invalid");
  }
}

TEST_F(JobQueueTest, JobsThatTheServerLeftAreFailedAtTheNextStartAndTheirSourcesGone) {
  const TrainingJob job = Submit();
  std::filesystem::create_directories(folder_ + "/sources/abc");
  JobQueue next{jobs_, registry_, clock_, {.program = folder_ + "/child", .data_directory = folder_}};
  ASSERT_TRUE(next.FailInterrupted().ok());
  EXPECT_EQ(next.Find(job.id)->error, "interrupted");
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/sources"));
}

TEST_F(JobQueueTest, TheChildHasTheLowestPriorityAndTheThreadsItWasGiven) {
  // Fields 19 and 41 of stat are the niceness and the scheduling policy: 3 is batch, 5 is idle.
  ChildRuns(
      "set -- \"$@\" $(cut -d' ' -f19,41 /proc/self/stat)\n"
      "echo \"{\\\"step\\\":\\\"$*\\\",\\\"fraction\\\":0.1}\"\n");
  const TrainingJob job = Submit();
  ASSERT_TRUE(queue_.RunNext());
  const std::string step = queue_.Find(job.id)->step;
  EXPECT_NE(step.find("--threads 3 --progress json 19 "), std::string::npos) << step;
  EXPECT_TRUE(step.ends_with(" 5") || step.ends_with(" 3")) << step;
}

}  // namespace
}  // namespace greenroom
