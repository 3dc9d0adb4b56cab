#include "conformance/documented.h"

#include <algorithm>
#include <array>

#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

constexpr size_t kMostActions = 10;

// The first action that differs, on both sides: {policy there, policy here}.
std::pair<std::string, std::string> PoliciesAtDifference(const ReplayedTurn& turn) {
  std::vector<const Json*> theirs;
  for (const Json& event : turn.turn["events"].array()) {
    if (event["event"].AsString() == "action") theirs.push_back(&event);
  }
  std::vector<const ActionExecuted*> ours;
  for (const Event& event : turn.ours.events) {
    if (const auto* action = event.As<ActionExecuted>()) ours.push_back(action);
  }
  for (size_t i = 0; i < std::max(theirs.size(), ours.size()); ++i) {
    const std::string there = i < theirs.size() ? (*theirs[i])["policy"].AsString() : "";
    const std::string here = i < ours.size() ? ours[i]->policy : "";
    const bool same =
        i < theirs.size() && i < ours.size() && there == here && (*theirs[i])["name"].AsString() == ours[i]->name;
    if (!same) return {there, here};
  }
  return {};
}

bool Holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool IsFormRecall(const TurnEvidence& evidence) {
  if (!evidence.traits.repeats_a_form) return false;
  const auto [there, here] = PoliciesAtDifference(evidence.turn);
  return Holds(there, "Memoization") || Holds(here, "Memoization");
}

bool IsNullOfAList(const TurnEvidence& evidence) {
  if (!evidence.traits.list_null_in_rule) return false;
  const auto [there, here] = PoliciesAtDifference(evidence.turn);
  return there == "RulePolicy" || here == "RulePolicy";
}

bool IsEndless(const TurnEvidence& evidence) {
  return evidence.turn.difference.only_listen && ActionsOf(evidence.turn.turn["events"].array()).size() >= kMostActions;
}

// An own action_session_start without session_started: what was before it is forgotten there.
bool IsForgottenSession(const TurnEvidence& evidence) {
  if (!evidence.traits.own_session_start) return false;
  bool started = true;
  for (const Event& event : evidence.turn.before.events()) {
    const auto* action = event.As<ActionExecuted>();
    if (action != nullptr && action->name == "action_session_start") {
      started = false;
    } else if (!started && event.As<SessionStarted>() != nullptr) {
      started = true;
    }
  }
  return !started;
}

struct Rule {
  std::string_view row;
  bool (*fits)(const TurnEvidence&);
};

constexpr std::array kRules = {Rule{"F1", IsFormRecall}, Rule{"F2", IsNullOfAList}, Rule{"F3", IsEndless},
                               Rule{"F5", IsForgottenSession}};
constexpr std::string_view kUnreadableDomain = "F4", kUselessPipeline = "F6";

bool HasTurns(const Json& recording) {
  for (const Json& talk : recording["talks"].array()) {
    const auto& turns = talk["turns"].array();
    if (std::any_of(turns.begin(), turns.end(), IsTurn)) return true;
  }
  return false;
}

// A form that runs twice in one story, or during which the user speaks.
bool RepeatsAForm(const Story& story) {
  std::string active;
  std::map<std::string, int> runs;
  for (const StoryStep& step : story.steps) {
    if (step.kind == StoryStep::Kind::kUser && !active.empty()) return true;
    if (step.kind == StoryStep::Kind::kAction) ++runs[step.name];
    if (step.kind == StoryStep::Kind::kActiveLoop) active = step.loop_off ? "" : step.name;
    if (!active.empty() && runs[active] > 1) return true;
  }
  return false;
}

bool Learns(const ComponentConfig& policy) {
  const std::string name = policy.name.substr(policy.name.rfind('.') + 1);
  return name == "TEDPolicy" || name == "UnexpecTEDIntentPolicy";
}

}  // namespace

ProjectTraits TraitsOf(const Source& source, const Diagnostics& diagnostics) {
  ProjectTraits traits;
  const auto& stories = source.data.stories;
  traits.repeats_a_form = std::any_of(stories.begin(), stories.end(), RepeatsAForm);
  const auto& items = diagnostics.items();
  traits.list_null_in_rule =
      std::any_of(items.begin(), items.end(), [](const Diagnostic& item) { return item.code == "R106"; });
  const auto& policies = source.config.policies;
  traits.has_learner = std::any_of(policies.begin(), policies.end(), Learns);
  traits.own_session_start = source.domain.IsListedAction("action_session_start");
  return traits;
}

std::string_view DocumentedRow(const TurnEvidence& evidence) {
  for (const Rule& rule : kRules) {
    if (rule.fits(evidence)) return rule.row;
  }
  return "";
}

std::string_view DocumentedRefusal(const std::string& refusal, const Json& recording) {
  if (refusal.starts_with("D") && Holds(recording["warnings"].Dump(), "Using empty domain")) return kUnreadableDomain;
  // It trained there, and then failed at every message.
  const bool failed = recording.Find("talks") != nullptr && !HasTurns(recording);
  return refusal.starts_with("P") && failed ? kUselessPipeline : "";
}

std::vector<std::string_view> DocumentedRows() {
  std::vector<std::string_view> rows{kUnreadableDomain, kUselessPipeline};
  for (const Rule& rule : kRules) rows.push_back(rule.row);
  return rows;
}

}  // namespace greenroom::conformance
