// ConversationIndex: the port through which conversations are found by what was said and done in them, and through
// which reviewers keep what they note about them.
//
//   GR_TRY(index.CatchUp());                       // so that what was committed a moment ago is found
//   ConversationFilter filter{.environment = "production", .text = "refund"};
//   filter.any_of[Facet::kIntent] = {"complain", "deny"};
//   GR_ASSIGN(ConversationPage page, index.Find(filter));
//
// The index is derived from the events and follows them: turns do not pay for it, CatchUp reads what came since. Notes
// (flags, labels, review) are no events; they go with the conversation when it is erased. Every note leaves an entry in
// the audit log in the same transaction.
// Errors: conversation_not_found, message_not_found, label_not_found (kNotFound), those of the store.
// Thread rules: safe from any thread. CatchUp blocks, the longer the more events are new; it may run in several
// threads at once.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conversation/turn_store.h"

namespace greenroom {

// What names a conversation is found by. The numbers are stored.
enum class Facet { kIntent = 0, kEntity = 1, kAction = 2, kPolicy = 3, kSlot = 4, kChannel = 5 };
inline constexpr std::array kFacets = {Facet::kIntent, Facet::kEntity, Facet::kAction,
                                       Facet::kPolicy, Facet::kSlot,   Facet::kChannel};

// All that is set must hold.
struct ConversationFilter {
  std::string assistant = "default";
  std::string environment = {};                                   // "" = all
  std::map<Facet, std::vector<std::string>> any_of = {};          // of each facet at least one of the names
  std::vector<std::string> labels = {};                           // at least one of them
  std::string text = {};                                          // part of a user message; ASCII letters in any case
  std::string review = {};                                        // "unread", "reviewed", "saved_for_later"
  std::string except = {};                                        // a conversation id to leave out
  std::optional<double> from = {}, until = {};                    // of the latest user message, unix seconds
  std::optional<double> maximum_confidence = {};                  // of the least certain action
  std::optional<int64_t> minimum_users = {}, maximum_users = {};  // number of user messages
  bool flagged_only = false;
  std::optional<bool> in_stories = {};  // whether the latest session is one of `stories`
  std::vector<int64_t> stories = {};    // story hashes of known stories
  enum class Order { kNewestFirst, kOldestFirst, kLeastCertainFirst } order = Order::kNewestFirst;
  int64_t limit = 50, offset = 0;
};

// A conversation as a list shows it.
struct ConversationCard {
  ConversationKey key;
  int64_t events = 0, users = 0, bots = 0;  // how many of each
  double last_event_time = 0;
  std::string last_channel, last_model;
  std::optional<double> minimum_confidence;
  int64_t story = 0;  // story hash of the latest session
  std::map<Facet, std::vector<std::string>> names = {};
  std::vector<double> flagged = {}, unflagged = {};  // times of user messages
  std::vector<std::string> labels = {};
  std::string review;
};

struct ConversationPage {
  int64_t total = 0;  // that pass the filter, whatever the limit
  std::vector<ConversationCard> cards;
};

// A name and how often it occurs.
using NameCount = std::pair<std::string, int64_t>;

struct ConversationTotals {
  int64_t conversations = 0, users = 0, bots = 0;
  std::map<Facet, std::vector<NameCount>> top = {};  // the most frequent ten of each
};

// Who notes something, for the audit log.
struct Reviewer {
  std::string name, address;
};

class ConversationIndex {
 public:
  virtual ~ConversationIndex() = default;

  // Takes in the events that came since it was called last.
  virtual Result<void> CatchUp() = 0;
  virtual Result<ConversationPage> Find(const ConversationFilter& filter) const = 0;
  // All names of a facet, by name.
  virtual Result<std::vector<std::string>> Names(const std::string& assistant, Facet facet) const = 0;
  virtual Result<ConversationTotals> Totals(const std::string& assistant, const std::string& environment) const = 0;

  // Times of the messages that are flagged, in order. Flags of a message that the user or the bot sent at that time.
  virtual Result<std::vector<double>> Flags(const ConversationKey& key) const = 0;
  virtual Result<void> SetFlag(const ConversationKey& key, double at, bool flagged, const Reviewer& by) = 0;
  // All labels with the number of conversations that have them; those of one conversation.
  virtual Result<std::vector<NameCount>> Labels(const std::string& assistant) const = 0;
  virtual Result<std::vector<std::string>> LabelsOf(const ConversationKey& key) const = 0;
  virtual Result<void> AddLabels(const ConversationKey& key, const std::vector<std::string>& labels,
                                 const Reviewer& by) = 0;
  virtual Result<void> RemoveLabel(const ConversationKey& key, const std::string& label, const Reviewer& by) = 0;
  // "unread" | "reviewed" | "saved_for_later". A reviewed conversation is unread again once it goes on.
  virtual Result<std::string> Review(const ConversationKey& key) const = 0;
  virtual Result<void> SetReview(const ConversationKey& key, const std::string& status, const Reviewer& by) = 0;
};

// What a session of a conversation and a story have in common when one is the other: fold NextStoryHash over the
// intents
// ("intent" steps) and actions, from 0. Pure.
int64_t NextStoryHash(int64_t story, std::string_view kind, std::string_view name);

}  // namespace greenroom
