// Import of conversations from a Rasa SQL tracker store into a data directory whose server is stopped.
//
//   GR_ASSIGN(ImportReport report, ImportConversations(*outside, store->turns(), {.environment = "production"}));
//
// Each conversation is appended in commits of at most 5,000 events, in order. Nothing is predicted, nothing is sent to
// event brokers. Times, metadata and the recorded predictions stay. A run that was broken off is simply started again:
// what is there already is recognised (the stored events of a conversation are a prefix of those to import, or the
// other way round) and not taken twice. A conversation that exists with other events is left alone and reported.
// Errors: those of the stores; everything about single events and conversations is in the report.
// Thread rules: one caller, which must own the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "conversation/turn_store.h"
#include "storage/outside_tracker_store.h"

namespace greenroom {

struct ImportOptions {
  std::string environment = "production";
};

struct ImportReport {
  struct NotTaken {
    std::string what;    // "conversation u0", "event 17 of conversation u0", "file a.tar.gz"
    std::string reason;  // for people
  };
  int64_t conversations = 0;        // of which something was appended
  int64_t conversations_there = 0;  // complete before
  int64_t events = 0;               // appended
  int64_t events_there = 0;         // found in place
  std::vector<NotTaken> not_taken;

  Json ToJson() const;
};

Result<ImportReport> ImportConversations(OutsideTrackerStore& from, TurnStore& into, const ImportOptions& options);

}  // namespace greenroom
