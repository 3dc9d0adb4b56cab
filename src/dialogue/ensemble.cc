#include <algorithm>
#include <tuple>

#include "dialogue/policy.h"

namespace greenroom {
namespace {

constexpr const char* kFollowupPolicy = "followup_action";

std::string_view ShortName(std::string_view name) {
  // Only Rasa's own import paths mean our policies: a user's class of the same name is another policy.
  return name.starts_with("rasa.") ? name.substr(name.rfind('.') + 1) : name;
}

const PolicyFactory* FindFactory(std::string_view name) {
  for (const PolicyFactory& factory : BuiltinPolicies()) {
    if (factory.spec.name == ShortName(name)) return &factory;
  }
  return nullptr;
}

// Collects blobs of one policy under its prefix.
class PrefixWriter final : public BlobWriter {
 public:
  PrefixWriter(PackageDraft& draft, std::string prefix) : draft_(draft), prefix_(std::move(prefix)) {}
  void Put(std::string name, std::string bytes) override {
    draft_.parts.emplace_back(prefix_ + name, std::move(bytes));
  }

 private:
  PackageDraft& draft_;
  std::string prefix_;
};

std::string PartPrefix(size_t index, const std::string& name) {
  return "dialogue/" + std::to_string(index) + "_" + name;
}

struct Job {
  const PolicyFactory* factory = nullptr;
  PolicyTrainContext context = {};
  Diagnostics diagnostics = {};
  Json metrics = Json::Object();
  std::unique_ptr<Policy> policy = {};
  std::optional<Error> error = {};
};

void ReportUnknownPolicy(const ComponentConfig& config, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const PolicyFactory& factory : BuiltinPolicies()) names.push_back(factory.spec.name);
  std::string help;
  for (const std::string& name : names) help += (help.empty() ? "known are `" : ", `") + name + "`";
  const std::string nearest = NearestName(config.name, names);
  if (!nearest.empty()) help = "did you mean `" + nearest + "`?";
  diagnostics.Add({.code = "S201",
                   .message = "there is no policy `" + config.name + "`",
                   .span = config.span,
                   .label = "unknown policy",
                   .help = std::move(help)});
}

std::vector<Job> PlanJobs(const Source& source, const PolicyTrainContext& shared, Diagnostics& diagnostics) {
  std::vector<Job> jobs;
  for (const ComponentConfig& config : source.config.policies) {
    const PolicyFactory* factory = FindFactory(config.name);
    if (factory == nullptr) {
      ReportUnknownPolicy(config, diagnostics);
      continue;
    }
    Job job{.factory = factory, .context = shared};
    job.context.parameters = ResolveParameters(factory->spec, config, diagnostics);
    const Json& seed = job.context.parameters["random_seed"];
    if (seed.is_int()) job.context.seed = static_cast<uint64_t>(seed.AsInt());
    jobs.push_back(std::move(job));
  }
  return jobs;
}

int64_t PriorityOf(const Job& job) { return job.context.parameters["priority"].AsInt(job.factory->default_priority); }

void CheckPriorities(const std::vector<Job>& jobs, Diagnostics& diagnostics) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    for (size_t k = i + 1; k < jobs.size(); ++k) {
      if (PriorityOf(jobs[i]) != PriorityOf(jobs[k])) continue;
      diagnostics.Add({.severity = Severity::kWarning,
                       .code = "S203",
                       .message = "`" + jobs[i].factory->spec.name + "` and `" + jobs[k].factory->spec.name +
                                  "` have the same priority " + std::to_string(PriorityOf(jobs[i])),
                       .help = "where both are equally sure the one that stands first in `policies:` wins"});
    }
  }
}

void CheckRulePolicy(const Source& source, const std::vector<Job>& jobs, Diagnostics& diagnostics) {
  const bool has_rules =
      std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.factory->spec.name == "RulePolicy"; });
  if (has_rules) return;
  if (!source.domain.forms.empty()) {
    diagnostics.Add({.code = "S202",
                     .message = "there is a form in the domain (`" + source.domain.forms.front().name +
                                "`), but no 'RulePolicy' in the policies",
                     .span = source.domain.forms.front().span,
                     .help = "add `RulePolicy` to `policies:` or remove all forms"});
    return;
  }
  diagnostics.Add(
      {.severity = Severity::kWarning,
       .code = "S205",
       .message = "without 'RulePolicy' the default intents `restart` and `back` do not trigger their actions",
       .help = "add `RulePolicy` to `policies:`"});
}

void RunJob(Job& job) {
  if (IsCancelled(job.context.progress)) {
    job.error = Error{ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"};
    return;
  }
  job.context.diagnostics = &job.diagnostics;
  job.context.metrics = &job.metrics;
  Result<std::unique_ptr<Policy>> trained = job.factory->train(job.context);
  if (!trained.ok()) {
    job.error = std::move(trained).error().With("while training " + job.factory->spec.name);
    return;
  }
  job.policy = std::move(trained).value();
  job.context.progress->Report("", 1);
}

void RunAll(std::vector<Job>& jobs, const ParallelFor& parallel_for, TrainProgress* whole) {
  std::vector<double> costs;
  for (const Job& job : jobs) costs.push_back(job.factory->expected_cost);
  ParallelProgress progress(whole, "", costs);
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].context.progress = progress.Task(i);
  if (parallel_for) {
    parallel_for(jobs.size(), [&](size_t i) { RunJob(jobs[i]); });
  } else {
    for (Job& job : jobs) RunJob(job);
  }
}

Error SourceInvalid(const Diagnostics& diagnostics) {
  return {ErrorCode::kInvalidArgument, "source_invalid",
          "stories, rules or policies have " + std::to_string(diagnostics.error_count()) + " error(s)",
          "see the diagnostics"};
}

// The action that an action rejected just now; "" when the last thing that ran was not rejected.
std::string JustRejected(const Tracker& tracker) {
  for (auto event = tracker.events().rbegin(); event != tracker.events().rend(); ++event) {
    if (const auto* rejected = event->As<ActionRejected>()) return rejected->name;
    if (event->As<ActionExecuted>() != nullptr) return "";
  }
  return "";
}

size_t ChooseBest(const std::vector<Prediction>& predictions) {
  const bool no_user =
      std::any_of(predictions.begin(), predictions.end(), [](const Prediction& p) { return p.no_user; });
  const bool end_to_end = !no_user && std::any_of(predictions.begin(), predictions.end(),
                                                  [](const Prediction& p) { return p.is_end_to_end; });
  size_t best = 0;
  std::pair<double, int> best_rank{-1, 0};
  for (size_t i = 0; i < predictions.size(); ++i) {
    const Prediction& prediction = predictions[i];
    if (prediction.no_user != no_user || (!no_user && prediction.is_end_to_end != end_to_end)) continue;
    const std::pair<double, int> rank{prediction.Best().second, prediction.priority};
    if (rank <= best_rank) continue;
    best = i;
    best_rank = rank;
  }
  return best;
}

// A conversation in which nothing was said or done yet, or in which all was taken back, asks for a listen.
std::string FollowupOf(const Tracker& tracker) {
  const bool untouched = tracker.latest_action() == nullptr && tracker.latest_message() == nullptr;
  return tracker.followup_action().empty() && untouched ? std::string(kActionListen) : tracker.followup_action();
}

Prediction SingleAction(const ActionIndex& actions, int action, double score, std::string policy) {
  Prediction prediction{.policy = std::move(policy)};
  prediction.scores.assign(actions.size(), 0.0);
  if (action >= 0) prediction.scores[static_cast<size_t>(action)] = score;
  return prediction;
}

}  // namespace

Result<std::unique_ptr<Ensemble>> Ensemble::Train(const Source& source, PolicyTrainContext context,
                                                  Diagnostics& diagnostics) {
  std::unique_ptr<Ensemble> ensemble(new Ensemble());
  ensemble->actions_ = std::make_shared<const ActionIndex>(source.domain);
  ensemble->encoder_ = std::make_shared<const StateEncoder>(source.domain);
  Diagnostics found;
  const std::vector<TrainingConversation> conversations = BuildTrainingConversations(source, found);
  context.source = &source;
  context.actions = ensemble->actions_;
  context.encoder = ensemble->encoder_;
  context.conversations = &conversations;
  std::vector<Job> jobs = PlanJobs(source, context, found);
  CheckPriorities(jobs, found);
  CheckRulePolicy(source, jobs, found);
  if (!found.has_errors()) RunAll(jobs, context.parallel_for, context.progress);

  std::vector<Entry> entries;
  for (Job& job : jobs) {
    found.Append(job.diagnostics);
    if (job.error) {
      diagnostics.Append(found);
      return std::move(*job.error);
    }
    if (context.metrics != nullptr && job.metrics.size() > 0)
      context.metrics->Set(job.factory->spec.name, std::move(job.metrics));
    entries.push_back({.name = job.factory->spec.name,
                       .parameters = job.context.parameters,
                       .priority = static_cast<int>(PriorityOf(job)),
                       .policy = std::move(job.policy)});
  }
  diagnostics.Append(found);
  if (found.has_errors()) return SourceInvalid(found);
  ensemble->Adopt(std::move(entries));
  return ensemble;
}

void Ensemble::Adopt(std::vector<Entry> entries) {
  entries_ = std::move(entries);
  RuleOnlyNames rule_only;
  for (const Entry& entry : entries_) {
    RuleOnlyNames names = entry.policy->rule_only();
    rule_only.slots.merge(names.slots);
    rule_only.loops.merge(names.loops);
    reach_ = Further(reach_, entry.policy->reach());
  }
  rule_only_ = std::make_shared<const RuleOnlyNames>(std::move(rule_only));
}

void Ensemble::Save(PackageDraft& draft) const {
  Json list = Json::List();
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    list.Append(Json::Object({{"name", entry.name}, {"priority", entry.priority}, {"parameters", entry.parameters}}));
    PrefixWriter writer(draft, PartPrefix(i, entry.name) + "/");
    entry.policy->Save(writer);
  }
  draft.parts.emplace_back("dialogue/policies.json", list.Dump());
}

Result<std::unique_ptr<Ensemble>> Ensemble::Load(const Package& package, const Domain& domain) {
  GR_ASSIGN(std::string_view bytes, package.Part("dialogue/policies.json"));
  GR_ASSIGN(Json list, ParseJson(bytes, {}));
  std::unique_ptr<Ensemble> ensemble(new Ensemble());
  ensemble->actions_ = std::make_shared<const ActionIndex>(domain);
  ensemble->encoder_ = std::make_shared<const StateEncoder>(domain);
  std::vector<Entry> entries;
  for (const Json& item : list.array()) {
    const std::string& name = item["name"].AsString();
    const PolicyFactory* factory = FindFactory(name);
    if (factory == nullptr)
      return Error{ErrorCode::kDataLoss, "package_corrupt", "the model names an unknown policy `" + name + "`"};
    const PolicyLoadContext context{
        .actions = ensemble->actions_, .encoder = ensemble->encoder_, .parameters = item["parameters"]};
    const std::unique_ptr<BlobReader> blobs = package.Under(PartPrefix(entries.size(), name));
    auto policy = factory->load(context, *blobs);
    if (!policy.ok()) return std::move(policy).error().With("while loading " + name);
    entries.push_back({.name = name,
                       .parameters = item["parameters"],
                       .priority = static_cast<int>(item["priority"].AsInt(1)),
                       .policy = std::move(policy).value()});
  }
  ensemble->Adopt(std::move(entries));
  return ensemble;
}

std::vector<Prediction> Ensemble::AskAll(const DialogueHistory& history) const {
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < entries_.size(); ++i) {
    Prediction prediction = entries_[i].policy->Predict(history);
    if (prediction.scores.empty()) prediction.scores.assign(actions_->size(), 0.0);
    prediction.policy = entries_[i].name;
    prediction.priority = entries_[i].priority;
    prediction.policy_index = static_cast<int>(i);
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

StateTrail Ensemble::TrailFrom(const StateTrail* past) const {
  return past != nullptr && past->IsOf(encoder_) ? *past : StateTrail(encoder_, rule_only_);
}

Prediction Ensemble::Predict(const Tracker& tracker) const {
  StateTrail trail = TrailFrom(nullptr);
  return Predict(tracker, trail);
}

Prediction Ensemble::Predict(const Tracker& tracker, StateTrail& trail) const {
  // An unknown followup is ignored and the policies decide.
  const int followup = actions_->Find(FollowupOf(tracker));
  if (followup >= 0) return SingleAction(*actions_, followup, 1.0, kFollowupPolicy);
  trail.CatchUp(tracker);
  const DialogueHistory history(trail, tracker, reach_);
  std::vector<Prediction> predictions = AskAll(history);
  if (predictions.empty()) return SingleAction(*actions_, actions_->Find(kActionListen), 0.0, "");
  const int rejected = actions_->Find(JustRejected(tracker));
  if (rejected >= 0) {
    for (Prediction& prediction : predictions) prediction.scores[static_cast<size_t>(rejected)] = 0.0;
  }
  const size_t best = ChooseBest(predictions);
  std::vector<Event> events;
  for (Prediction& prediction : predictions)
    events.insert(events.end(), prediction.events.begin(), prediction.events.end());
  Prediction winner = std::move(predictions[best]);
  events.insert(events.end(), winner.optional_events.begin(), winner.optional_events.end());
  if (history.after_listen()) events.push_back({.body = UserFeaturization{.use_text = winner.is_end_to_end}});
  winner.events = std::move(events);
  winner.optional_events.clear();
  return winner;
}

}  // namespace greenroom
