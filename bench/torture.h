// The torture runs: long fights against a real server whose ledger must balance at the end.
#pragma once

namespace greenroom {

// Moves the production tag back and forth under load. Fails on a failed request, a mixed turn, growing memory, slow
// moves.
int TorturePromote(int count);

// Kills the server over and over under load. Fails on a lost acknowledged turn, a second turn for one key, a broken
// invariant, a slow start; and when the negative control (durability switched off) loses nothing.
int TortureKill(int cycles);

// Kills the server in the middle of uploads, in one piece and in several, then in the middle of tag moves. Fails on a
// model that is listed but not whole, an acknowledged model or move that is gone, a tag that is not where its latest
// deployment says, a file that nothing names.
int TortureUploads(int kills);

// Sends so many events through a RabbitMQ that is killed and started again in the middle, from the outbox of one store
// through relay and intake into another; the process with the intake is killed as well. Fails on a lost event, a second
// copy, one out of order, a row that stays.
int TortureBroker(int events);
// That process: takes events into the store of a file until none has come for some seconds.
int TakeFromBroker(const char* store, int port);

}  // namespace greenroom
