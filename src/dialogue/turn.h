// A turn: from one user message to the point where the assistant listens again, as a resumable value.
//
// RunTurn is a pure function of its input and of the numbered answers that outside calls have given so far. When it
// needs an answer that is not there yet, it returns the call to make; the caller performs it, adds the answer and runs
// the turn again from the start. The same input and answers always lead to the same turn: nothing reads a clock, draws
// a random number or performs I/O (time and seed are part of the input). No thread ever waits for an action server.
//
//   TurnProgress p = RunTurn(model, input, answers);
//   while (p.call) { answers.push_back(Perform(*p.call)); p = RunTurn(model, input, answers); }
//   store.Commit(p.events, p.messages);
//
// The message is parsed once by the caller (input.message.parse), not per run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "assistant/domain.h"
#include "conversation/message.h"
#include "conversation/tracker.h"
#include "dialogue/policy.h"
#include "pipeline/nlu_model.h"

namespace greenroom {

// A whole trained assistant, ready to answer. Immutable; shared by all turns that hold it.
struct LiveModel {
  std::string digest;
  std::string name;
  std::string assistant_id;
  Domain domain;
  // The domain as action servers get it, written once: every call of an action sends it. nullptr = it is not sent.
  std::shared_ptr<const std::string> domain_text;
  std::shared_ptr<const SlotTable> slot_table;
  std::shared_ptr<const NluModel> nlu;
  std::shared_ptr<const Ensemble> ensemble;
  std::shared_ptr<const Package> package;
};

// Loads the dialogue and NLU parts of a package. Errors: those of the parts, with the part named.
Result<std::shared_ptr<const LiveModel>> LoadLiveModel(std::shared_ptr<const Package> package,
                                                       const ComponentRegistry& components);

struct TurnSettings {
  bool has_action_endpoint = false;
  bool has_nlg_endpoint = false;
  bool selective_domain = false;
  int max_actions = 10;
};

// What starts the turn: a message, or an action that was ordered in its place.
struct TurnInput {
  std::string conversation_id;
  UserMessage message;                     // .parse must be set (see ParseForTurn)
  std::shared_ptr<const Tracker> tracker;  // state before the turn
  // What earlier turns found out about exactly this tracker; nullptr when nothing is known. Only saves time.
  std::shared_ptr<const StateTrail> trail = {};
  double now = 0;     // unix seconds; events are stamped from here on, strictly increasing
  uint64_t seed = 0;  // choice among variations
  TurnSettings settings;
};

// A call to the outside that the turn waits for.
struct TurnCall {
  enum class Kind { kAction, kNlg } kind = Kind::kAction;
  int step = 0;                                    // = number of answers so far
  std::string action;                              // name of the custom action or response
  Json request;                                    // an object in Rasa's form, without the domain
  std::shared_ptr<const std::string> domain = {};  // of an action's request; nullptr = it goes without

  std::string Body() const;  // what is to be sent: the request with the domain as its last member
};

// The answer of one call: the HTTP status and body, or the reason why there is none.
struct CallAnswer {
  int status = 0;  // 0 when no answer came
  Json body = {};
  std::string failure = {};  // "timeout", "connect_failed", ... when status is 0

  Json ToJson() const;
  static CallAnswer FromJson(const Json& json);
};

struct TurnProgress {
  std::optional<TurnCall> call;                  // set: perform it and run again; the rest is then meaningless
  std::vector<Event> events;                     // appended by this turn, in order
  std::vector<BotMessage> messages;              // to be sent, in order
  std::shared_ptr<const Tracker> after;          // the state with these events
  std::shared_ptr<const StateTrail> trail = {};  // of `after`, for the next turn; nullptr when nothing is known
  std::vector<std::string> warnings;             // for the log: unknown slots, failed actions, circuit breaker
};

TurnProgress RunTurn(const LiveModel& model, const TurnInput& input, const std::vector<CallAnswer>& answers);

// The parse result that a turn works on: given parse data, a slash payload, or the NLU model's answer.
Parse ParseForTurn(const LiveModel& model, const UserMessage& message);

// The REST channel's form of the messages: [{recipient_id, text, image, buttons, attachment, custom}], texts split at
// blank lines.
Json MessagesToRest(const std::vector<BotMessage>& messages, const std::string& recipient);

}  // namespace greenroom
