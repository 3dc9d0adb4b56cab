// The audit log inside a transaction: how every store writes its entry together with the change that it tells of.
//
//   GR_TRY(MoveRow(db));
//   GR_TRY(AppendAudit(db, {.actor = move.actor, .action = "tag.move", .subject = move.tag}, now));
//
// Numbers have no gaps, each record's hash continues the one before (accounts/audit.h). There is no way to change or
// remove a record. Errors: those of Statement. Thread rules: on the committing thread, inside its transaction.
#pragma once

#include "accounts/audit.h"
#include "storage/sqlite.h"

namespace greenroom {

Result<void> AppendAudit(Database& db, const AuditEntry& entry, double now);
// Records that a query asks for.
Result<std::vector<AuditRecord>> ReadAudit(Database& db, const AuditQuery& query);

}  // namespace greenroom
