// Backup: everything of a data directory in one file, taken while a server runs, and put back from it.
//
//   GR_ASSIGN(BackupManifest done, WriteBackup({.home = home, .file = "nightly.tar", .program = "0.1.0"}, check));
//   GR_ASSIGN(BackupManifest sound, VerifyBackup("nightly.tar"));
//   GR_ASSIGN(BackupManifest back, RestoreBackup("nightly.tar", new_home, check));
//
// The file is a tar. In it: `greenroom.db` (one consistent snapshot, so every write that was acknowledged before the
// call is there), the packages of all models of that snapshot, the small files of the data directory and of `served/`
// in it (admin token, key file, texts for Rasa servers), then `manifest.json` with size and SHA-256 of each, and
// `manifest.sha256` with the digest of the manifest. Because the key file is in it, a backup is as secret as the data
// directory; it is readable by its owner only.
//
// Writing: aside, synced, renamed; on any error nothing new is left. The store is only read, through a connection that
// never writes, so a running server is not disturbed.
//
// Verifying and restoring read the whole file, compare all digests, open the store (bringing it to this program's
// schema) and check its invariants. Restoring refuses a home with anything in it; it unpacks into a folder inside of it
// and moves all of it up at the end, the store last.
//
// Errors: store_missing, store_unsound (nothing is backed up that could not be restored), model_missing;
// backup_corrupt (kDataLoss: what and where), backup_unsound (the store in it breaks an invariant), backup_too_new;
// home_not_empty; those of the check, of files.h and of SqliteStore::Open.
//
// Thread rules: plain functions, from any thread; two restores into one home must not run at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "storage/tar_file.h"

namespace greenroom {

struct BackupManifest {
  int format = 1;
  double created_at = 0;  // unix seconds
  std::string program;    // version that wrote it
  int64_t schema = 0;     // of the store
  std::vector<TarMember> files;

  uint64_t Bytes() const;
  Json ToJson() const;
};

struct BackupRequest {
  std::string home;
  std::string file;
  std::string program;
  const Clock* clock = nullptr;  // nullptr: the machine's
};

// Success when the file at the path is the model with this digest. Packages are a matter of pipeline/, so the caller
// brings the check along.
using ModelCheck = std::function<Result<void>(const std::string& path, const std::string& digest)>;

Result<BackupManifest> WriteBackup(const BackupRequest& request, const ModelCheck& check);
// Needs room for the store beside the backup for a moment.
Result<BackupManifest> VerifyBackup(const std::string& file);
Result<BackupManifest> RestoreBackup(const std::string& file, const std::string& home, const ModelCheck& check);

}  // namespace greenroom
