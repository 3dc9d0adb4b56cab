#include "nlu/language_training.h"

#include <numeric>

#include "nlu/entity_model.h"
#include "nlu/intent_model.h"

namespace greenroom {
namespace {

constexpr size_t kNets = 2;
constexpr size_t kNoExample = SIZE_MAX;

class LanguageTrainer {
 public:
  LanguageTrainer(TrainContext& context, const LanguageTrainingOptions& options)
      : context_(context), options_(options), seed_(SeedOf(context)) {}

  Result<LanguageBlobs> Train() {
    CollectExamples();
    LearnLinearModels();
    if (Cancelled()) return CancelledError();
    ReadHeldOut();
    LearnNetsAndEntities();
    if (Cancelled()) return CancelledError();
    LanguageBlobs blobs{.intents = {}, .entities = std::move(entities_)};
    if (options_.intents && data_.size() > 0) blobs.intents = BuildIntentModel(data_, parts_);
    return blobs;
  }

 private:
  bool Cancelled() const { return context_.progress != nullptr && context_.progress->cancelled(); }
  static Error CancelledError() { return {ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"}; }
  std::function<bool()> CancelCheck() const {
    return [this] { return Cancelled(); };
  }
  // One class needs no held-out models: there is nothing to tell apart.
  bool HasChoice() const { return options_.intents && data_.classes.size() > 1; }

  void Run(std::vector<std::function<void()>>& tasks) const {
    if (!context_.parallel_for) {
      for (auto& task : tasks) task();
      return;
    }
    context_.parallel_for(tasks.size(), [&](size_t i) { tasks[i](); });
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

  void LearnLinearModels() {
    if (!options_.intents || data_.size() == 0) return;
    std::vector<std::function<void()>> tasks = {[this] { LearnLinear(); }};
    if (HasChoice()) {
      held_out_.emplace(data_, seed_);
      for (size_t fold = 0; fold < OutOfFold::kFolds; ++fold) {
        tasks.push_back([this, fold] { held_out_->TrainFold(data_, fold, CancelCheck()); });
      }
    }
    Run(tasks);
  }

  void LearnLinear() {
    std::vector<uint32_t> all(data_.size());
    std::iota(all.begin(), all.end(), 0u);
    parts_.linear = TrainSoftmaxRegression(
        data_.examples, data_.labels, all,
        {.features = data_.hashes.size(), .classes = data_.classes.size(), .seed = seed_, .cancelled = CancelCheck()});
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

  void LearnNetsAndEntities() {
    std::vector<std::function<void()>> tasks;
    if (options_.entities) {
      tasks.push_back([this] {
        entities_ = TrainEntityModel({.messages = context_.messages,
                                      .intents = SoftIntentsOfMessages(),
                                      .seed = seed_,
                                      .cancelled = CancelCheck()});
      });
    }
    if (UsesNets()) parts_.nets.resize(kNets);
    for (size_t n = 0; n < parts_.nets.size(); ++n) {
      tasks.push_back([this, n] {
        parts_.nets[n] = TrainEmbeddingBag(data_.examples, data_.labels,
                                           {.features = data_.hashes.size(),
                                            .classes = data_.classes.size(),
                                            .seed = seed_ + 17 * (n + 1),
                                            .cancelled = CancelCheck()});
      });
    }
    if (!tasks.empty()) Run(tasks);
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
