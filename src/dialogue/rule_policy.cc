#include "dialogue/rule_policy.h"

#include "dialogue/builtin_policies.h"
#include "dialogue/rule_checks.h"

namespace greenroom {
namespace {

Json NamesToJson(const auto& names) {
  Json list = Json::List();
  for (const std::string& name : names) list.Append(name);
  return list;
}

template <typename Names>
void ReadNames(const Json& list, Names& names) {
  for (const Json& name : list.array()) names.insert(name.AsString());
}

}  // namespace

RulePolicy::RulePolicy(const PolicyLoadContext& context)
    : actions_(context.actions),
      fallback_threshold_(context.parameters["core_fallback_threshold"].AsDouble()),
      use_nlu_confidence_(context.parameters["use_nlu_confidence_as_score"].AsBool()) {
  if (context.parameters["enable_fallback_prediction"].AsBool()) {
    fallback_action_ = actions_->Find(context.parameters["core_fallback_action_name"].AsString());
  }
}

Result<std::unique_ptr<Policy>> RulePolicy::Train(PolicyTrainContext& context) {
  std::unique_ptr<RulePolicy> policy(new RulePolicy({context.actions, context.encoder, context.parameters}));
  const std::vector<TrainingConversation>& conversations = *context.conversations;
  const std::string& fallback = context.parameters["core_fallback_action_name"].AsString();
  if (context.parameters["enable_fallback_prediction"].AsBool() && policy->fallback_action_ < 0) {
    context.diagnostics->Add({.code = "R104",
                              .message = "the fallback action '" + fallback +
                                         "' which was configured for the RulePolicy must be present in the domain",
                              .help = "add it to the domain, or change `core_fallback_action_name`"});
  }
  CheckActionNames(conversations, *context.actions, *context.diagnostics);
  if (context.parameters["restrict_rules"].AsBool()) CheckUserTurns(conversations, *context.diagnostics);
  const bool check = context.parameters["check_for_contradictions"].AsBool();
  CheckListConditions(*context.encoder, conversations, *context.diagnostics);
  if (check) CheckIncompleteRules(*context.encoder, conversations, *context.diagnostics);
  policy->book_ = RuleBook::Learn(*context.encoder, conversations);
  if (check && !context.diagnostics->has_errors()) {
    // Without a fallback nothing is predicted as the first action of the index.
    ContradictionOptions options{.fallback_action =
                                     policy->fallback_action_ >= 0 ? fallback : context.actions->Name(0)};
    for (const FormDef& form : context.source->domain.forms) options.loops.push_back(form.name);
    policy->rule_only_ = FindRuleOnlyNames(*context.encoder, conversations);
    policy->hidden_sources_ =
        CheckContradictions(*context.encoder, conversations, policy->book_, options, *context.diagnostics);
  }
  return std::unique_ptr<Policy>(std::move(policy));
}

Prediction RulePolicy::Predict(const DialogueHistory& history) const {
  const RuleDecision decision = book_.Decide(history);
  Prediction prediction{.is_end_to_end = decision.end_to_end, .no_user = decision.no_user};
  prediction.scores.assign(actions_->size(), 0.0);
  prediction.hide_rule_turn = hidden_sources_.contains(decision.source);
  if (decision.loop_interrupted) prediction.events.push_back({.body = LoopInterrupted{.is_interrupted = true}});
  // The fallback stays a candidate: it wins when the rule is less sure or its action was just rejected.
  if (fallback_action_ >= 0) prediction.scores[static_cast<size_t>(fallback_action_)] = fallback_threshold_;
  const int action = decision.action.empty() ? -1 : actions_->Find(decision.action);
  if (action >= 0) {
    prediction.scores[static_cast<size_t>(action)] = use_nlu_confidence_ ? history.intent_confidence() : 1.0;
    prediction.diagnostics = Json::Object({{"rules", NamesToJson(decision.rules)}, {"source", decision.source}});
  } else if (fallback_action_ >= 0) {
    prediction.diagnostics = Json::Object({{"fallback_threshold", fallback_threshold_}});
  }
  return prediction;
}

void RulePolicy::Save(BlobWriter& blobs) const {
  Json json = book_.ToJson();
  json.Set("hidden_sources", NamesToJson(hidden_sources_));
  json.Set("rule_only_slots", NamesToJson(rule_only_.slots));
  json.Set("rule_only_loops", NamesToJson(rule_only_.loops));
  blobs.Put("rules.json", json.Dump());
}

Result<std::unique_ptr<Policy>> RulePolicy::Load(const PolicyLoadContext& context, const BlobReader& blobs) {
  GR_ASSIGN(std::string_view bytes, blobs.Get("rules.json"));
  GR_ASSIGN(Json json, ParseJson(bytes, {.bytes = size_t{1} << 30, .nodes = 100'000'000}));
  std::unique_ptr<RulePolicy> policy(new RulePolicy(context));
  GR_ASSIGN(policy->book_, RuleBook::FromJson(json));
  ReadNames(json["hidden_sources"], policy->hidden_sources_);
  ReadNames(json["rule_only_slots"], policy->rule_only_.slots);
  ReadNames(json["rule_only_loops"], policy->rule_only_.loops);
  return std::unique_ptr<Policy>(std::move(policy));
}

PolicyFactory RulePolicyFactory() {
  PolicyFactory factory{.default_priority = 4};
  factory.spec.name = "RulePolicy";
  factory.spec.parameters = {{.kind = ParameterSpec::Kind::kInt, .name = "priority", .default_value = 4},
                             FractionParameter("core_fallback_threshold", 0.3),
                             {.kind = ParameterSpec::Kind::kString,
                              .name = "core_fallback_action_name",
                              .default_value = "action_default_fallback"},
                             SwitchParameter("enable_fallback_prediction", true),
                             SwitchParameter("restrict_rules", true),
                             SwitchParameter("check_for_contradictions", true),
                             SwitchParameter("use_nlu_confidence_as_score", false),
                             ParameterWithoutEffect("max_history", nullptr),
                             ParameterWithoutEffect("featurizer", nullptr),
                             ParameterWithoutEffect("enable_feature_string_compression", true)};
  factory.train = &RulePolicy::Train;
  factory.load = &RulePolicy::Load;
  return factory;
}

}  // namespace greenroom
