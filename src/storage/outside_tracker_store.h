// OutsideTrackerStore: reads the conversations of a Rasa SQL tracker store.
//
//   GR_ASSIGN(auto store, OutsideTrackerStore::Open("sqlite:rasa.db"));
//   OutsideEvent event;
//   while (true) { GR_ASSIGN(bool more, store->Next(event)); if (!more) break; ... }
//
// Locations:
//   sqlite:PATH, sqlite:///PATH
//   postgresql://USER@HOST:PORT/DATABASE, also with Python's driver named: postgresql+psycopg2://...
// A password may stand in PGPASSWORD or ~/.pgpass instead of the location.
//
// Nothing is written there. All events are of one moment. They come conversation by conversation, each in the order in
// which Rasa reads them (time, then number); at most a thousand are in memory.
//
// Errors: tracker_store_unknown (the location), tracker_store_missing, tracker_store_unreadable (no connection, no
// table `events`, or damaged); no message holds a password.
// Thread rules: one owner.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace greenroom {

struct OutsideEvent {
  int64_t id = 0;         // of the row
  std::string sender_id;  // the conversation
  std::string data;       // the event as JSON text
};

class OutsideTrackerStore {
 public:
  static Result<std::unique_ptr<OutsideTrackerStore>> Open(const std::string& location);
  virtual ~OutsideTrackerStore() = default;
  // Reads the next event; false at the end.
  virtual Result<bool> Next(OutsideEvent& event) = 0;
};

}  // namespace greenroom
