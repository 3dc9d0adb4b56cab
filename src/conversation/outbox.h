// OutboxStore: the port through which stored events leave for other systems, each at least once and in order.
//
//   GR_ASSIGN(std::vector<OutboxEvent> waiting, outbox.Waiting("platform", 500));
//   ... send them; when the other side has them for good:
//   GR_TRY(outbox.Delivered("platform", waiting));
//
// Turns leave one row for each event and sink, in the transaction of the event itself (conversation/turn_store.h), so
// that no event is lost between the two. A row goes when it was delivered; what was sent but not noted as delivered is
// sent again, so the other side must know what it has: (conversation, seq) names an event until its conversation is
// erased and begins anew.
// Errors: those of the store. Thread rules: safe from any thread; one sender for each sink.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "conversation/turn_store.h"

namespace greenroom {

struct OutboxEvent {
  ConversationKey key;
  StoredEvent stored;
};

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;
  // At most so many, of each conversation those with the lowest numbers and in their order.
  virtual Result<std::vector<OutboxEvent>> Waiting(const std::string& sink, int64_t limit) const = 0;
  // A row stays when its conversation was erased since and the number names another event.
  virtual Result<void> Delivered(const std::string& sink, const std::vector<OutboxEvent>& events) = 0;
  // How many events wait.
  virtual Result<int64_t> Count(const std::string& sink) const = 0;
  // Forgets what waits for a sink that nobody reads; the number of rows.
  virtual Result<int64_t> Drop(const std::string& sink) = 0;
};

}  // namespace greenroom
