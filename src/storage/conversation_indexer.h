// ConversationIndexer: reads the events that the conversation index has not seen and adds what they say to it.
//
//   GR_TRY(ConversationIndexer(committer, readers).CatchUp());
//
// Events are read and parsed on the caller's thread; the committing thread only adds up the results. Each piece says
// from which event to which it reaches and is added only when the index is still where it begins, so two threads that
// catch up at once do no harm. A piece also names the hash of its last event: a conversation that was erased and began
// anew in between never gets what the erased one said.
// Errors: those of Committer and Statement; event_unreadable. Thread rules: safe from any thread but the committing
// one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "conversation/conversation_index.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

// What a run of events of one conversation adds to the index.
struct IndexPiece {
  int64_t conversation = 0, from = 0, to = 0, hash = 0;  // events from + 1 .. to; hash of the last
  std::string assistant, environment;
  double last_at = 0, user_at = 0;
  int64_t users = 0, bots = 0, story = 0;
  std::optional<double> confidence;
  std::string channel;
  std::map<std::pair<Facet, std::string>, int64_t> names;
};

// Adds one event, as it is stored, to a piece.
void AddToPiece(const Json& event, IndexPiece& piece);

class ConversationIndexer {
 public:
  ConversationIndexer(Committer& committer, ReaderPool& readers) : committer_(committer), readers_(readers) {}
  Result<void> CatchUp();

 private:
  Result<std::vector<IndexPiece>> ReadStale();
  Result<void> ReadEvents(Database& db, int64_t room, IndexPiece& piece);

  Committer& committer_;
  ReaderPool& readers_;
};

}  // namespace greenroom
