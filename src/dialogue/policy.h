// Policy: proposes the next action of a conversation with a confidence. The ensemble picks among the proposals.
// Thread rules: trained policies are const; Predict may run concurrently.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/source.h"
#include "conversation/tracker.h"
#include "dialogue/history.h"
#include "dialogue/story_trackers.h"
#include "pipeline/component.h"
#include "pipeline/package.h"

namespace greenroom {

struct Prediction {
  std::vector<double> scores;  // one per action of ActionIndex; empty = no opinion
  std::string policy;          // name as in the config, without import path
  int priority = 1;
  int policy_index = 0;  // place in the configuration; breaks ties
  bool is_end_to_end = false;
  bool no_user = false;  // made without looking at user input (loop follow-ups)
  bool hide_rule_turn = false;
  std::vector<Event> events = {};           // always applied
  std::vector<Event> optional_events = {};  // applied only when this prediction wins
  Json diagnostics = {};                    // why: rule names, thresholds

  // The best action and its score; {-1, 0} when there is no opinion.
  std::pair<int, double> Best() const;
};

// Names of all actions of a domain in index order, with lookup both ways.
class ActionIndex {
 public:
  explicit ActionIndex(const Domain& domain);
  int Find(std::string_view name) const;  // -1 when unknown
  const std::string& Name(int index) const { return names_[static_cast<size_t>(index)]; }
  size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int, std::less<>> index_;
};

class Policy {
 public:
  virtual ~Policy() = default;
  // `scores` of the result are empty, or one per action. Name, priority and index are filled in by the ensemble.
  virtual Prediction Predict(const DialogueHistory& history) const = 0;
  virtual void Save(BlobWriter& blobs) const = 0;
  // How much of a conversation can make a difference to Predict.
  virtual HistoryReach reach() const = 0;
  // What only rules know; of RulePolicy, empty elsewhere.
  virtual RuleOnlyNames rule_only() const { return {}; }
};

struct PolicyTrainContext {
  const Source* source = nullptr;
  std::shared_ptr<const ActionIndex> actions = nullptr;
  std::shared_ptr<const StateEncoder> encoder = nullptr;
  const std::vector<TrainingConversation>* conversations = nullptr;
  Json parameters = {};  // defaults merged with the config
  uint64_t seed = 42;
  ParallelFor parallel_for;
  TrainProgress* progress = nullptr;
  Diagnostics* diagnostics = nullptr;
  Json* metrics = nullptr;
};

// What a stored policy needs besides its blobs.
struct PolicyLoadContext {
  std::shared_ptr<const ActionIndex> actions = nullptr;
  std::shared_ptr<const StateEncoder> encoder = nullptr;
  Json parameters = {};
};

struct PolicyFactory {
  ComponentSpec spec;  // name and parameters; kind is unused
  int default_priority = 1;
  double expected_cost = 1;  // of training, relative to the other policies: for progress
  std::function<Result<std::unique_ptr<Policy>>(PolicyTrainContext&)> train;
  std::function<Result<std::unique_ptr<Policy>>(const PolicyLoadContext&, const BlobReader& blobs)> load;
};

// RulePolicy, MemoizationPolicy, AugmentedMemoizationPolicy, TEDPolicy, UnexpecTEDIntentPolicy; explicit list.
const std::vector<PolicyFactory>& BuiltinPolicies();

// All trained policies of a model and the choice among them.
//
// Train reports to `diagnostics`: S201 unknown policy, S202 forms without RulePolicy, S203 equal priorities, S205 no
// RulePolicy at all; the codes of story_trackers.h, rule_checks.h and of parameters (P-codes). It fails with
// source_invalid when there are errors.
class Ensemble {
 public:
  static Result<std::unique_ptr<Ensemble>> Train(const Source& source, PolicyTrainContext context,
                                                 Diagnostics& diagnostics);
  static Result<std::unique_ptr<Ensemble>> Load(const Package& package, const Domain& domain);
  // Adds the parts "dialogue/<index>_<policy>/<blob>" and "dialogue/policies.json".
  void Save(PackageDraft& draft) const;

  // The winning prediction with all events merged. A followup action of the tracker bypasses the policies (policy
  // "followup_action", confidence 1.0). Never empty: action_listen with confidence 0 when no policy has an opinion.
  Prediction Predict(const Tracker& tracker) const;
  // The same, at a cost that does not grow with the conversation: `trail` is one of TrailFrom, and catches up.
  Prediction Predict(const Tracker& tracker, StateTrail& trail) const;
  // A copy of what was known of a conversation before; a new one when that is nullptr or of another model.
  StateTrail TrailFrom(const StateTrail* past) const;
  const ActionIndex& actions() const { return *actions_; }

 private:
  struct Entry {
    std::string name;
    Json parameters;
    int priority = 1;
    std::unique_ptr<Policy> policy;
  };

  Ensemble() = default;
  void Adopt(std::vector<Entry> entries);
  std::vector<Prediction> AskAll(const DialogueHistory& history) const;

  std::vector<Entry> entries_;
  HistoryReach reach_;
  std::shared_ptr<const RuleOnlyNames> rule_only_;
  std::shared_ptr<const ActionIndex> actions_;
  std::shared_ptr<const StateEncoder> encoder_;
};

}  // namespace greenroom
