#include "serving/active_turn.h"

#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "serving/sessions.h"

namespace greenroom {
namespace {

constexpr int kCommitTries = 3;

// Whether trying later can help: the message is then kept as it is. Anything else is in the message, its conversation
// or its model, and would only fail again.
bool MayPass(ErrorCode code) {
  return code == ErrorCode::kExhausted || code == ErrorCode::kUnavailable || code == ErrorCode::kConflict ||
         code == ErrorCode::kDeadlineExceeded || code == ErrorCode::kCancelled;
}

}  // namespace

std::string FailureText(const Error& error) {
  return Json::Object({{"reason", error.reason}, {"message", error.message}}).Dump();
}

void LogSetAside(const InboxEntry& entry, const Error& error) {
  Log(LogLevel::kError, "message_set_aside",
      {{"environment", entry.key.environment},
       {"conversation", entry.key.conversation},
       {"message", std::to_string(entry.id)},
       {"reason", error.reason}});
}

void ActiveTurn::Start() {
  ++tries_;
  if (auto prepared = Prepare(); !prepared) return End(std::move(prepared).error());
  Step();
}

Result<void> ActiveTurn::Prepare() {
  GR_ASSIGN(claim_, wiring_.parts.store.TakeClaim(entry_.key));
  GR_ASSIGN(CachedTracker before, wiring_.load(claim_, handle_.model->slot_table));
  AcceptedMessage accepted = AcceptedMessageFromJson(entry_.message);
  input_.conversation_id = entry_.key.conversation;
  input_.message = std::move(accepted.message);
  input_.message.conversation_id = entry_.key.conversation;
  input_.tracker = before.tracker;
  input_.trail = before.trail;
  input_.now = accepted.accepted_at;
  input_.seed = Hash64(entry_.key.conversation, static_cast<uint64_t>(entry_.id));
  input_.settings = wiring_.options.settings;
  if (!input_.message.action) input_.message.parse = ParseForTurn(*handle_.model, input_.message);
  answers_.clear();
  if (entry_.attempts > 0 || entry_.state == InboxState::kRunning || tries_ > 1) GR_TRY(TakeRecordedAnswers());
  return {};
}

Result<void> ActiveTurn::TakeRecordedAnswers() {
  GR_ASSIGN(recorded_, wiring_.parts.store.CallsOf(entry_.id));
  return {};
}

void ActiveTurn::Step() {
  TurnProgress progress = RunTurn(*handle_.model, input_, answers_);
  if (progress.call) return Perform(*progress.call);
  Commit(std::move(progress));
}

std::string ActiveTurn::CallKey(int step) const {
  const ConversationKey& key = entry_.key;
  return Sha256Hex(key.assistant + '\0' + key.environment + '\0' + key.conversation + '\0' + std::to_string(entry_.id) +
                   '\0' + std::to_string(step));
}

void ActiveTurn::Perform(const TurnCall& call) {
  ActionCall record{.key = entry_.key,
                    .fence = claim_.fence,
                    .inbox_id = entry_.id,
                    .step = call.step,
                    .call_key = CallKey(call.step),
                    .request_hash = Sha256Hex(call.action)};
  auto earlier =
      std::find_if(recorded_.begin(), recorded_.end(), [&](const ActionCall& c) { return c.step == call.step; });
  bool same_call = earlier != recorded_.end() && earlier->request_hash == record.request_hash;
  if (same_call && earlier->answer) {
    answers_.push_back(CallAnswer::FromJson(*earlier->answer));
    return Step();
  }
  OutsideCall outside{.call = call, .call_key = record.call_key, .attempt = same_call ? 2 : 1, .fence = claim_.fence};
  wiring_.parts.store.RecordCall(record, [self = shared_from_this(), outside, record](Result<void> stored) {
    if (!stored) return self->GiveUp(std::move(stored).error());
    self->wiring_.parts.actions.Call(outside,
                                     [self, record](CallAnswer answer) { self->Answered(record, std::move(answer)); });
  });
}

void ActiveTurn::Answered(ActionCall record, CallAnswer answer) {
  record.answer = answer.ToJson();
  wiring_.parts.store.RecordAnswer(std::move(record),
                                   [self = shared_from_this(), answer = std::move(answer)](Result<void> stored) {
                                     if (!stored) return self->GiveUp(std::move(stored).error());
                                     self->answers_.push_back(answer);
                                     self->wiring_.parts.executor.Submit([self] { self->Step(); });
                                   });
}

std::shared_ptr<const Tracker> ActiveTurn::After(const TurnProgress& progress) const {
  const std::vector<Event>& events = progress.events;
  bool new_session =
      std::any_of(events.begin(), events.end(), [](const Event& e) { return e.As<SessionStarted>() != nullptr; });
  return new_session ? CurrentSession(progress.after, handle_.model->slot_table) : progress.after;
}

void ActiveTurn::Commit(TurnProgress progress) {
  for (const std::string& warning : progress.warnings) {
    Log(LogLevel::kWarning, "turn_warning",
        {{"environment", entry_.key.environment}, {"conversation", entry_.key.conversation}, {"warning", warning}});
  }
  std::shared_ptr<const Tracker> after = After(progress);
  after_ = {.tracker = after,
            .trail = after == progress.after ? progress.trail : nullptr,
            .next_seq = claim_.next_seq + static_cast<int64_t>(progress.events.size()),
            .slots = handle_.model->slot_table};
  TurnCommit commit{.key = entry_.key,
                    .inbox_id = entry_.id,
                    .fence = claim_.fence,
                    .expected_seq = claim_.next_seq - 1,
                    .model = handle_.model->digest,
                    .events = std::move(progress.events),
                    .reply = MessagesToRest(progress.messages, entry_.key.conversation).Dump(),
                    .outbox_sinks = wiring_.options.outbox_sinks};
  std::string reply = commit.reply;
  wiring_.parts.store.Commit(std::move(commit), [self = shared_from_this(), reply = std::move(reply)](
                                                    Result<void> outcome) { self->Committed(outcome, reply); });
}

void ActiveTurn::Committed(const Result<void>& outcome, const std::string& reply) {
  if (outcome) {
    wiring_.keep(after_);
    return End(TurnReply{.status = 200, .body = reply, .model = handle_.model->digest});
  }
  wiring_.keep(std::nullopt);
  GiveUp(outcome.error());
}

void ActiveTurn::GiveUp(Error error) {
  if (error.code == ErrorCode::kConflict && tries_ < kCommitTries) {
    wiring_.parts.executor.Submit([self = shared_from_this()] { self->Start(); });
    return;
  }
  End(std::move(error));
}

void ActiveTurn::End(Result<TurnReply> reply) {
  if (!reply) {
    Log(LogLevel::kError, "turn_failed",
        {{"environment", entry_.key.environment},
         {"conversation", entry_.key.conversation},
         {"reason", reply.error().reason},
         {"message", reply.error().message}});
    if (!MayPass(reply.error().code)) {
      if (entry_.attempts + tries_ >= wiring_.options.max_attempts) return SetAside(std::move(reply).error());
      return wiring_.parts.executor.Submit([self = shared_from_this()] { self->Start(); });
    }
  }
  Leave(std::move(reply));
}

void ActiveTurn::SetAside(Error error) {
  wiring_.keep(std::nullopt);
  LogSetAside(entry_, error);
  wiring_.parts.store.MarkDead(entry_.id, FailureText(error), 500,
                               [self = shared_from_this(), error](const Result<void>&) { self->Leave(error); });
}

void ActiveTurn::Leave(Result<TurnReply> reply) {
  // The place in the queue is given up before the answer leaves: a client that sends its next message at once finds it
  // free.
  wiring_.leave();
  wiring_.done(std::move(reply));
}

}  // namespace greenroom
