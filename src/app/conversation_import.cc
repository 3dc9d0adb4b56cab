#include "app/conversation_import.h"

#include <algorithm>
#include <future>
#include <optional>

#include "conversation/event.h"

namespace greenroom {
namespace {

constexpr size_t kEventsPerCommit = 5000;
constexpr size_t kLongestId = 255;
constexpr size_t kLargestEvent = 16u << 20;

// What the routes refuse in a name, nobody could ask for.
bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

class Importer {
 public:
  Importer(TurnStore& into, const ImportOptions& options) : into_(into), options_(options) {}

  Result<ImportReport> Run(OutsideTrackerStore& from) {
    OutsideEvent row;
    while (true) {
      GR_ASSIGN(bool more, from.Next(row));
      if (!more || row.sender_id != sender_) {
        GR_TRY(FinishConversation());
        sender_ = row.sender_id;
      }
      if (!more) return std::move(report_);
      TakeEvent(row);
    }
  }

 private:
  void Refuse(std::string what, std::string reason) {
    report_.not_taken.push_back({std::move(what), std::move(reason)});
  }

  void TakeEvent(const OutsideEvent& row) {
    auto json = ParseJson(row.data, {.bytes = kLargestEvent, .depth = 64, .nodes = 1'000'000});
    auto event = json ? EventFromJson(*json) : Result<Event>(json.error());
    if (event)
      events_.push_back(std::move(*event));
    else
      Refuse("event " + std::to_string(row.id) + " of conversation " + row.sender_id, event.error().message);
  }

  Result<void> FinishConversation() {
    std::vector<Event> events = std::exchange(events_, {});
    if (events.empty()) return {};
    if (sender_.empty() || sender_.size() > kLongestId || std::any_of(sender_.begin(), sender_.end(), IsControl)) {
      Refuse("conversation " + sender_.substr(0, 64), "its name must have 1 to 255 bytes and no control characters");
      return {};
    }
    ConversationKey key{.environment = options_.environment, .conversation = sender_};
    GR_ASSIGN(std::vector<StoredEvent> there, into_.Events(key));
    const size_t common = std::min(there.size(), events.size());
    for (size_t i = 0; i < common; ++i) {
      if (EventToJson(there[i].event).Dump() == EventToJson(events[i]).Dump()) continue;
      Refuse("conversation " + sender_, "it exists already with other events, from number " + std::to_string(i + 1));
      return {};
    }
    report_.events_there += static_cast<int64_t>(common);
    if (common == events.size()) {
      ++report_.conversations_there;
      return {};
    }
    GR_TRY(Append(key, events, common));
    ++report_.conversations;
    return {};
  }

  Result<void> Append(const ConversationKey& key, const std::vector<Event>& events, size_t begin) {
    while (begin < events.size()) {
      size_t end = std::min(events.size(), begin + kEventsPerCommit);
      GR_ASSIGN(Claim claim, into_.TakeClaim(key));
      TurnCommit commit{.key = key, .fence = claim.fence, .expected_seq = static_cast<int64_t>(begin)};
      commit.events.assign(events.begin() + static_cast<std::ptrdiff_t>(begin),
                           events.begin() + static_cast<std::ptrdiff_t>(end));
      std::promise<Result<void>> done;
      into_.Commit(std::move(commit), [&done](Result<void> outcome) { done.set_value(std::move(outcome)); });
      GR_TRY(done.get_future().get());
      report_.events += static_cast<int64_t>(end - begin);
      begin = end;
    }
    return {};
  }

  TurnStore& into_;
  const ImportOptions& options_;
  ImportReport report_;
  std::string sender_;
  std::vector<Event> events_;
};

}  // namespace

Json ImportReport::ToJson() const {
  Json rows = Json::List();
  for (const NotTaken& item : not_taken) rows.Append(Json::Object({{"what", item.what}, {"reason", item.reason}}));
  return Json::Object({{"conversations", conversations},
                       {"conversations_there", conversations_there},
                       {"events", events},
                       {"events_there", events_there},
                       {"not_taken", std::move(rows)}});
}

Result<ImportReport> ImportConversations(OutsideTrackerStore& from, TurnStore& into, const ImportOptions& options) {
  return Importer(into, options).Run(from);
}

}  // namespace greenroom
