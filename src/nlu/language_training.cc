#include "nlu/language_training.h"

#include <algorithm>
#include <numeric>

#include "nlu/entity_model.h"
#include "nlu/entity_tags.h"
#include "nlu/intent_model.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr size_t kNets = 2;
constexpr size_t kNoExample = SIZE_MAX;

// Time of the tasks relative to each other, for progress only: epochs times the weights that one feature touches, forth
// and back; a net drops half of the features, a fold has two thirds of the examples, a token more features than a word.
constexpr double kLinearCost = 2 * 12, kFoldCost = 2 * 8 * 2.0 / 3, kNetCost = 15 * 128, kEntityCost = 4 * 8;

struct LearningTask {
  double cost = 1;
  std::function<void(TrainProgress*)> learn;
};

double CostOf(const std::vector<LearningTask>& tasks) {
  double cost = 0;
  for (const LearningTask& task : tasks) cost += task.cost;
  return cost;
}

class LanguageTrainer {
 public:
  LanguageTrainer(TrainContext& context, const LanguageTrainingOptions& options)
      : context_(context), options_(options), seed_(SeedOf(context)) {}

  Result<LanguageBlobs> Train() {
    CollectExamples();
    const std::vector<LearningTask> first = LinearTasks(), second = NetAndEntityTasks();
    const double middle = CostOf(first) / std::max(CostOf(first) + CostOf(second), 1.0);
    GR_TRY(Run(first, ProgressShare(context_.progress, "linear models", 0, middle)));
    ReadHeldOut();
    GR_TRY(Run(second, ProgressShare(context_.progress, "nets and entities", middle, 1)));
    LanguageBlobs blobs{.intents = {}, .entities = std::move(entities_)};
    if (options_.intents && data_.size() > 0) blobs.intents = BuildIntentModel(data_, parts_);
    return blobs;
  }

 private:
  // One class needs no held-out models: there is nothing to tell apart.
  bool HasChoice() const { return options_.intents && data_.classes.size() > 1; }

  Result<void> Run(const std::vector<LearningTask>& tasks, ProgressShare share) const {
    std::vector<double> costs;
    for (const LearningTask& task : tasks) costs.push_back(task.cost);
    ParallelProgress progress(&share, "", costs);
    auto learn = [&](size_t i) {
      if (!share.cancelled()) tasks[i].learn(progress.Task(i));
    };
    if (context_.parallel_for && !tasks.empty()) {
      context_.parallel_for(tasks.size(), learn);
    } else {
      for (size_t i = 0; i < tasks.size(); ++i) learn(i);
    }
    if (share.cancelled()) return Error{ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"};
    return {};
  }

  void CollectExamples() {
    example_of_.assign(context_.messages.size(), kNoExample);
    if (!options_.intents) return;
    std::vector<LabelledMessage> labelled;
    for (size_t m = 0; m < context_.messages.size(); ++m) {
      const NluExample* gold = context_.messages[m].gold;
      if (gold == nullptr) continue;
      std::string label = options_.label_of ? options_.label_of(*gold) : gold->intent;
      if (label.empty()) continue;
      example_of_[m] = labelled.size();
      labelled.push_back({.message = &context_.messages[m], .label = std::move(label)});
    }
    data_ = MakeIntentDataset(labelled);
  }

  std::vector<LearningTask> LinearTasks() {
    if (!options_.intents || data_.size() == 0) return {};
    const auto classes = static_cast<double>(PaddedWidth(data_.classes.size()));
    std::vector<LearningTask> tasks = {
        {.cost = kLinearCost * classes, .learn = [this](TrainProgress* progress) { LearnLinear(progress); }}};
    if (!HasChoice()) return tasks;
    held_out_.emplace(data_, seed_);
    for (size_t fold = 0; fold < OutOfFold::kFolds; ++fold) {
      tasks.push_back({.cost = kFoldCost * classes, .learn = [this, fold](TrainProgress* progress) {
                         held_out_->TrainFold(data_, fold, progress);
                       }});
    }
    return tasks;
  }

  void LearnLinear(TrainProgress* progress) {
    std::vector<uint32_t> all(data_.size());
    std::iota(all.begin(), all.end(), 0u);
    parts_.linear = TrainSoftmaxRegression(
        data_.examples, data_.labels, all,
        {.features = data_.hashes.size(), .classes = data_.classes.size(), .seed = seed_, .progress = progress});
  }

  bool UsesNets() const {
    return HasChoice() && options_.nets == NetUse::kWithEnoughExamples && data_.size() >= kEnoughForNets;
  }

  // The ensemble is calibrated as it is; the linear model alone is not, on few examples.
  void ReadHeldOut() {
    if (!held_out_) return;
    const float temperature = FitTemperature(*held_out_, data_);
    if (!UsesNets()) parts_.temperature = temperature;
    if (context_.metrics != nullptr) context_.metrics->Set("intents", HeldOutMetrics(*held_out_, data_, temperature));
  }

  std::vector<std::vector<SoftIntent>> SoftIntentsOfMessages() const {
    std::vector<std::vector<SoftIntent>> soft;
    if (!held_out_) return soft;
    soft.resize(context_.messages.size());
    for (size_t m = 0; m < soft.size(); ++m) {
      if (example_of_[m] != kNoExample) soft[m] = SoftIntents(held_out_->Logits(example_of_[m]), data_.classes.size());
    }
    return soft;
  }

  std::vector<LearningTask> NetAndEntityTasks() {
    std::vector<LearningTask> tasks;
    if (options_.entities) {
      const auto tags = static_cast<double>(PaddedWidth(CollectEntityTags(context_.messages).count()));
      tasks.push_back({.cost = kEntityCost * tags, .learn = [this](TrainProgress* progress) {
                         entities_ = TrainEntityModel({.messages = context_.messages,
                                                       .intents = SoftIntentsOfMessages(),
                                                       .seed = seed_,
                                                       .progress = progress});
                       }});
    }
    if (UsesNets()) parts_.nets.resize(kNets);
    for (size_t n = 0; n < parts_.nets.size(); ++n) {
      tasks.push_back({.cost = kNetCost, .learn = [this, n](TrainProgress* progress) { LearnNet(n, progress); }});
    }
    return tasks;
  }

  void LearnNet(size_t number, TrainProgress* progress) {
    parts_.nets[number] = TrainEmbeddingBag(data_.examples, data_.labels,
                                            {.features = data_.hashes.size(),
                                             .classes = data_.classes.size(),
                                             .seed = seed_ + 17 * (number + 1),
                                             .progress = progress});
  }

  TrainContext& context_;
  const LanguageTrainingOptions& options_;
  const uint64_t seed_;
  IntentDataset data_;
  std::vector<size_t> example_of_;  // of each message: its index in data_
  std::optional<OutOfFold> held_out_;
  IntentModelParts parts_;
  std::string entities_;
};

}  // namespace

uint64_t SeedOf(const TrainContext& context) {
  const Json& seed = context.parameters["random_seed"];
  return seed.is_int() ? static_cast<uint64_t>(seed.AsInt()) : context.seed;
}

Result<LanguageBlobs> TrainLanguage(TrainContext& context, const LanguageTrainingOptions& options) {
  return LanguageTrainer(context, options).Train();
}

}  // namespace greenroom
