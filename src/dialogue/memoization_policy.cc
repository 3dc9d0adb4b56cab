#include "dialogue/memoization_policy.h"

#include <algorithm>

#include "base/digest.h"
#include "dialogue/builtin_policies.h"

namespace greenroom {

StateMemory::Key StateMemory::KeyOf(std::span<const DialogueState> states) {
  const std::string text = StatesText(states);
  return {Hash64(text, 1), Hash64(text, 2)};
}

void StateMemory::Learn(const StateEncoder& encoder, const TrainingConversation& story, size_t max_history) {
  StateFold fold(encoder);
  std::vector<DialogueState> states;
  for (size_t i = 0; i < story.events.size(); ++i) {
    if (const auto* action = story.events[i].As<ActionExecuted>()) {
      states.push_back(fold.Current());
      if (story.unpredictable[i] == 0) {
        const std::span<const DialogueState> last = LastStates(states, max_history);
        const std::string& label = action->action_text ? *action->action_text : action->name;
        auto [entry, added] = actions_.emplace(KeyOf(last), label);
        if (!added && entry->second != label) entry->second.clear();
        longest_ = std::max(longest_, last.size());
      }
    }
    fold.Apply(story.events[i]);
  }
}

const std::string* StateMemory::Recall(std::span<const DialogueState> states) const {
  if (states.size() > longest_) return nullptr;
  auto found = actions_.find(KeyOf(states));
  return found == actions_.end() || found->second.empty() ? nullptr : &found->second;
}

std::string StateMemory::ToBytes() const {
  Json entries = Json::List();
  for (const auto& [key, action] : actions_) {
    if (action.empty()) continue;
    entries.Append(Json::List({static_cast<int64_t>(key.first), static_cast<int64_t>(key.second), action}));
  }
  return Json::Object({{"longest", longest_}, {"entries", std::move(entries)}}).Dump();
}

Result<StateMemory> StateMemory::FromBytes(std::string_view bytes) {
  GR_ASSIGN(Json json, ParseJson(bytes, {.bytes = size_t{1} << 30, .nodes = 100'000'000}));
  StateMemory memory;
  memory.longest_ = static_cast<size_t>(std::max<int64_t>(0, json["longest"].AsInt()));
  for (const Json& entry : json["entries"].array()) {
    if (entry.size() != 3)
      return Error{ErrorCode::kDataLoss, "package_corrupt", "a memory of stories has a damaged entry"};
    const auto& fields = entry.array();
    memory.actions_[{static_cast<uint64_t>(fields[0].AsInt()), static_cast<uint64_t>(fields[1].AsInt())}] =
        fields[2].AsString();
  }
  return memory;
}

MemoizationPolicy::MemoizationPolicy(Kind kind, StateMemory memory, PolicyLoadContext context)
    : kind_(kind),
      memory_(std::move(memory)),
      actions_(std::move(context.actions)),
      max_history_(MaxHistoryOf(context.parameters)),
      use_nlu_confidence_(context.parameters["use_nlu_confidence_as_score"].AsBool()) {}

std::vector<size_t> MemoizationPolicy::UsefulCuts(const DialogueHistory& history) const {
  // A history longer than every key cannot be found. Hidden turns make it shorter than it looks, so only turns that are
  // surely seen count; the margin is for the first turns, which a cut may bring to light.
  constexpr size_t kMargin = 3;
  const AppliedList& applied = history.trail()->applied();
  const StateList& states = history.trail()->states();
  std::vector<size_t> cuts;
  size_t seen = 0;
  for (size_t i = applied.size(); i > 0; --i) {
    // The state before the first action that is kept counts, too.
    if (max_history_ > 0 ? cuts.size() == max_history_ + 1 : seen > memory_.longest() + kMargin) break;
    const auto* action = applied[i - 1]->As<ActionExecuted>();
    if (action == nullptr) continue;
    cuts.push_back(i - 1);
    const DialogueState& before = states[states.size() - cuts.size()];
    const bool follows = action->policy == "followup_action" || before.previous_action == before.active_loop();
    if (!action->hide_rule_turn && !follows && before.previous_action != kActionUnlikelyIntent) ++seen;
  }
  return cuts;
}

const std::string* MemoizationPolicy::RecallShortened(const DialogueHistory& history) const {
  const std::vector<size_t> cuts = UsefulCuts(history);
  for (auto cut = cuts.rbegin(); cut != cuts.rend(); ++cut) {
    if (const std::string* action = memory_.Recall(LastStates(history.VisibleFrom(*cut), max_history_))) return action;
  }
  return nullptr;
}

Prediction MemoizationPolicy::Predict(const DialogueHistory& history) const {
  Prediction prediction;
  const std::string* action = memory_.Recall(LastStates(history.visible(), max_history_));
  if (action == nullptr && kind_ == Kind::kAugmented) action = RecallShortened(history);
  const int index = action != nullptr ? actions_->Find(*action) : -1;
  if (index < 0) return prediction;
  prediction.scores.assign(actions_->size(), 0.0);
  prediction.scores[static_cast<size_t>(index)] = use_nlu_confidence_ ? history.intent_confidence() : 1.0;
  prediction.diagnostics = Json::Object({{"recalled", *action}});
  return prediction;
}

void MemoizationPolicy::Save(BlobWriter& blobs) const { blobs.Put("memory.json", memory_.ToBytes()); }

namespace {

PolicyFactory MemoizationFactory(std::string name, MemoizationPolicy::Kind kind) {
  PolicyFactory factory{.default_priority = 3};
  factory.spec.name = std::move(name);
  factory.spec.parameters = CommonPolicyParameters(3);
  factory.spec.parameters.push_back(SwitchParameter("use_nlu_confidence_as_score", false));
  factory.spec.parameters.push_back(ParameterWithoutEffect("enable_feature_string_compression", true));
  factory.train = [kind](PolicyTrainContext& context) -> Result<std::unique_ptr<Policy>> {
    StateMemory memory;
    const size_t max_history = MaxHistoryOf(context.parameters);
    for (const TrainingConversation& conversation : *context.conversations) {
      if (!conversation.is_rule) memory.Learn(*context.encoder, conversation, max_history);
    }
    PolicyLoadContext loaded{context.actions, context.encoder, context.parameters};
    return std::unique_ptr<Policy>(std::make_unique<MemoizationPolicy>(kind, std::move(memory), std::move(loaded)));
  };
  factory.load = [kind](const PolicyLoadContext& context, const BlobReader& blobs) -> Result<std::unique_ptr<Policy>> {
    GR_ASSIGN(std::string_view bytes, blobs.Get("memory.json"));
    GR_ASSIGN(StateMemory memory, StateMemory::FromBytes(bytes));
    return std::unique_ptr<Policy>(std::make_unique<MemoizationPolicy>(kind, std::move(memory), context));
  };
  return factory;
}

}  // namespace

PolicyFactory MemoizationPolicyFactory() {
  return MemoizationFactory("MemoizationPolicy", MemoizationPolicy::Kind::kExact);
}

PolicyFactory AugmentedMemoizationPolicyFactory() {
  return MemoizationFactory("AugmentedMemoizationPolicy", MemoizationPolicy::Kind::kAugmented);
}

}  // namespace greenroom
