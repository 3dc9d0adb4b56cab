#include "serving/event_intake.h"

#include <algorithm>
#include <future>
#include <map>
#include <set>

namespace greenroom {
namespace {

constexpr char kOrigin[] = "origin";
constexpr int kAttempts = 3;

Event WithOrigin(const ForeignEvent& foreign, const std::string& origin) {
  Event event = foreign.event;
  if (!event.metadata.is_object()) event.metadata = Json::Object();
  event.metadata.Set(kOrigin, foreign.number > 0 ? Json::Object({{"server", origin}, {"number", foreign.number}})
                                                 : Json::Object({{"message", foreign.id}}));
  return event;
}

}  // namespace

// What a conversation has already.
struct EventIntake::Known {
  std::set<std::string> ids;

  // Whether it was new; it is known from now on.
  bool Add(const ForeignEvent& foreign) {
    return ids.insert(foreign.number > 0 ? Numbered(foreign.number, foreign.event.timestamp) : foreign.id).second;
  }
  // A conversation that was erased at its origin counts from 1 again, but at another time.
  static std::string Numbered(int64_t number, double at) {
    return "#" + std::to_string(number) + "@" + Json(at).Dump();
  }
};

Result<EventIntake::Known> EventIntake::KnownOf(const ConversationKey& key, const std::string& origin) const {
  GR_ASSIGN(std::vector<StoredEvent> stored, store_.Events(key));
  Known known;
  for (const StoredEvent& one : stored) {
    const Json& from = one.event.metadata[kOrigin];
    if (from["message"].is_string()) known.ids.insert(from["message"].AsString());
    if (from["server"].AsString() == origin)
      known.ids.insert(Known::Numbered(from["number"].AsInt(), one.event.timestamp));
  }
  return known;
}

Result<void> EventIntake::Commit(TurnCommit commit) {
  auto promise = std::make_shared<std::promise<Result<void>>>();
  auto outcome = promise->get_future();
  store_.Commit(std::move(commit), [promise](Result<void> done) { promise->set_value(std::move(done)); });
  return outcome.get();
}

Result<void> EventIntake::TakeConversation(const IntakeBatch& batch, const std::vector<const ForeignEvent*>& events,
                                           IntakeReport& report) {
  ConversationKey key{.environment = batch.environment, .conversation = events.front()->conversation};
  // The claim comes before the look, so that whatever is written in between makes the commit fail.
  GR_ASSIGN(Claim claim, store_.TakeClaim(key));
  GR_ASSIGN(Known present, KnownOf(key, batch.origin));
  TurnCommit commit{.key = key, .fence = claim.fence, .expected_seq = claim.next_seq - 1};
  int64_t known = 0;
  for (const ForeignEvent* foreign : events) {
    if (!present.Add(*foreign)) {
      ++known;
      continue;
    }
    // One commit has one model; the newest is what the list of conversations shows.
    commit.model = foreign->model;
    commit.events.push_back(WithOrigin(*foreign, batch.origin));
  }
  auto taken = static_cast<int64_t>(commit.events.size());
  if (taken > 0) GR_TRY(Commit(std::move(commit)));
  report.taken += taken;
  report.known += known;
  return {};
}

Result<IntakeReport> EventIntake::Take(const IntakeBatch& batch) {
  std::map<std::string, std::vector<const ForeignEvent*>> conversations;
  for (const ForeignEvent& event : batch.events) conversations[event.conversation].push_back(&event);
  IntakeReport report;
  for (const auto& [conversation, events] : conversations) {
    Result<void> taken;
    for (int attempt = 1; attempt <= kAttempts; ++attempt) {
      taken = TakeConversation(batch, events, report);
      if (taken || taken.error().code != ErrorCode::kConflict) break;
    }
    if (!taken) return std::move(taken).error().With("conversation " + conversation);
  }
  return report;
}

}  // namespace greenroom
