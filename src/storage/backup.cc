#include "storage/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "storage/inspection.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

constexpr char kStore[] = "greenroom.db";
constexpr char kManifest[] = "manifest.json";
constexpr char kManifestDigest[] = "manifest.sha256";
constexpr char kStaging[] = ".restore.partial";
constexpr uint64_t kSmallFile = 4 << 20;
constexpr int kAttempts = 5;

// A folder that goes away with everything in it.
class Scratch {
 public:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::unique_ptr<Scratch>> MakeScratch(const std::string& beside) {
  std::string path = beside + ".XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return FileError(beside, errno, "making a folder beside");
  return std::make_unique<Scratch>(std::move(path));
}

// Of the one process that writes a backup: what a killed one left is in the way and goes.
Result<std::unique_ptr<Scratch>> MakeScratchOf(const std::string& file) {
  std::string path = file + ".partial.d";
  std::error_code error;
  fs::remove_all(path, error);
  if (::mkdir(path.c_str(), 0700) != 0) return FileError(path, errno, "making the folder");
  return std::make_unique<Scratch>(std::move(path));
}

Error BackupCorrupt(const std::string& file, const std::string& what) {
  return {ErrorCode::kDataLoss, "backup_corrupt", "the backup `" + file + "` is damaged: " + what,
          "use another backup; nothing was changed"};
}

// What an administrator or the program keeps beside the store: keys, settings; not what is left over from something.
bool IsKept(const fs::directory_entry& entry) {
  std::error_code error;
  std::string name = entry.path().filename();
  if (!entry.is_regular_file(error) || entry.is_symlink(error) || entry.file_size(error) > kSmallFile) return false;
  if (name.starts_with(kStore) || name == kManifest || name == kManifestDigest) return false;
  return !name.ends_with(".partial") && !name.ends_with(".lock") && !name.ends_with(".tar");
}

Result<std::vector<std::string>> SmallFiles(const std::string& home) {
  std::vector<std::string> names;
  for (const char* folder : {"", "served/"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(home + "/" + folder, error)) {
      if (IsKept(entry)) names.push_back(folder + entry.path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) return FileError(home, error.value(), "listing");
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::set<std::string>> AddModels(TarWriter& tar, const BackupRequest& request, BackupManifest& manifest,
                                        const std::vector<StoredModelFile>& models, const ModelCheck& check) {
  std::set<std::string> taken;
  for (const StoredModelFile& model : models) {
    if (!taken.insert(model.path).second) continue;
    std::string path = request.home + "/" + model.path;
    if (!FileExists(path)) {
      return Error{ErrorCode::kNotFound, "model_missing",
                   "the package `" + model.path + "` of model `" + model.name + "` is not in the data directory",
                   "delete the model, or put its package back"};
    }
    if (Result<void> right = check(path, model.digest); !right)
      return std::move(right).error().With("model `" + model.name + "`");
    GR_ASSIGN(TarMember member, tar.AddFile(model.path, path));
    manifest.files.push_back(std::move(member));
  }
  return taken;
}

Result<BackupManifest> TryBackup(const BackupRequest& request, const ModelCheck& check) {
  std::string live = request.home + "/" + kStore;
  if (!FileExists(live))
    return Error{ErrorCode::kNotFound, "store_missing", "there is no store `" + live + "`",
                 "name its folder with --home"};
  GR_ASSIGN(auto tar, TarWriter::Create(request.file));
  GR_ASSIGN(auto scratch, MakeScratchOf(request.file));
  std::string snapshot = scratch->path() + "/" + kStore;
  GR_TRY(CopyStore(live, snapshot));
  GR_ASSIGN(StoreInspection seen, InspectStore(snapshot));
  if (!seen.damage.empty())
    return Error{ErrorCode::kDataLoss, "store_corrupt", "the store is damaged: " + seen.damage,
                 "restore it from a backup"};
  if (!seen.violations.empty())
    return Error{ErrorCode::kDataLoss, "store_unsound", "the store breaks an invariant: " + seen.violations[0],
                 "see `greenroom verify`; what cannot be restored is not backed up"};
  const Clock& clock = request.clock != nullptr ? *request.clock : SystemClock();
  BackupManifest manifest{.created_at = clock.NowSeconds(), .program = request.program, .schema = seen.schema};
  GR_ASSIGN(TarMember store, tar->AddFile(kStore, snapshot));
  manifest.files.push_back(std::move(store));
  GR_ASSIGN(std::set<std::string> taken, AddModels(*tar, request, manifest, seen.models, check));
  GR_ASSIGN(std::vector<std::string> names, SmallFiles(request.home));
  for (const std::string& name : names) {
    if (taken.contains(name)) continue;
    GR_ASSIGN(TarMember member, tar->AddFile(name, request.home + "/" + name));
    manifest.files.push_back(std::move(member));
  }
  std::string text = manifest.ToJson().Pretty() + "\n";
  GR_ASSIGN(TarMember written, tar->AddBytes(kManifest, text));
  GR_ASSIGN(TarMember digest, tar->AddBytes(kManifestDigest, written.sha256 + "\n"));
  GR_TRY(tar->Finish());
  return manifest;
}

Result<BackupManifest> ReadManifest(const std::string& file, const std::string& text) {
  auto json = ParseJson(text, {.bytes = 64u << 20, .depth = 8, .nodes = 5'000'000});
  if (!json) return BackupCorrupt(file, "its manifest is not JSON");
  if ((*json)["format"].AsInt() != 1)
    return Error{ErrorCode::kInvalidArgument, "backup_too_new",
                 "the backup `" + file + "` has format " + std::to_string((*json)["format"].AsInt()) +
                     ", this program reads format 1",
                 "use the program that wrote it"};
  BackupManifest manifest{.created_at = (*json)["created_at"].AsDouble(),
                          .program = (*json)["program"].AsString(),
                          .schema = (*json)["schema"].AsInt()};
  for (const Json& row : (*json)["files"].array())
    manifest.files.push_back(
        {row["path"].AsString(), static_cast<uint64_t>(row["bytes"].AsInt()), row["sha256"].AsString()});
  return manifest;
}

// Goes once through a backup, writing what `wanted` names below a folder, and compares everything with the manifest.
class Unpacking {
 public:
  Unpacking(std::string file, std::string folder, std::function<bool(const std::string&)> wanted)
      : file_(std::move(file)), folder_(std::move(folder)), wanted_(std::move(wanted)) {}

  Result<BackupManifest> Run() {
    GR_ASSIGN(auto tar, TarReader::Open(file_));
    while (true) {
      auto name = tar->Next();
      if (!name) return Explained(std::move(name).error());
      if (!name->has_value()) break;
      auto member = Take(*tar, **name);
      if (!member) return Explained(std::move(member).error());
      found_.push_back(std::move(*member));
    }
    return Compare();
  }

 private:
  Error Explained(Error error) const {
    return error.reason == "tar_corrupt" ? BackupCorrupt(file_, error.message) : error;
  }

  Result<TarMember> Take(TarReader& tar, const std::string& name) {
    if (name == kManifest || name == kManifestDigest) {
      std::string& text = name == kManifest ? manifest_ : digest_;
      return tar.Read([&text](std::string_view bytes) -> Result<void> {
        if (text.size() + bytes.size() > (64u << 20))
          return Error{ErrorCode::kDataLoss, "tar_corrupt", "the manifest is too large"};
        text += bytes;
        return {};
      });
    }
    if (!wanted_(name)) return tar.Read([](std::string_view) { return Result<void>(); });
    return TakeFile(tar, folder_ + "/" + name);
  }

  Result<TarMember> TakeFile(TarReader& tar, const std::string& path) {
    GR_TRY(CreateDirectories(fs::path(path).parent_path()));
    int out = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out < 0) return FileError(path, errno, "creating");
    auto member = tar.Read([&](std::string_view bytes) -> Result<void> {
      while (!bytes.empty()) {
        ssize_t written = ::write(out, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) return FileError(path, errno, "writing");
        if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
      }
      return {};
    });
    int synced = ::fsync(out), error = errno;
    ::close(out);
    if (member && synced != 0) return FileError(path, error, "syncing");
    return member;
  }

  Result<BackupManifest> Compare() {
    if (found_.size() < 3 || found_.back().name != kManifestDigest || found_[found_.size() - 2].name != kManifest)
      return BackupCorrupt(file_, "its manifest is missing");
    if (digest_ != Sha256Hex(manifest_) + "\n") return BackupCorrupt(file_, "its manifest was changed");
    GR_ASSIGN(BackupManifest manifest, ReadManifest(file_, manifest_));
    if (manifest.files.size() + 2 != found_.size()) return BackupCorrupt(file_, "files are missing or too many");
    for (size_t i = 0; i < manifest.files.size(); ++i) {
      const TarMember &listed = manifest.files[i], &found = found_[i];
      if (listed.name != found.name || listed.bytes != found.bytes || listed.sha256 != found.sha256)
        return BackupCorrupt(file_, "`" + found.name + "` is not what the manifest says");
    }
    if (manifest.files.empty() || manifest.files[0].name != kStore) return BackupCorrupt(file_, "it holds no store");
    return manifest;
  }

  std::string file_, folder_;
  std::function<bool(const std::string&)> wanted_;
  std::vector<TarMember> found_;
  std::string manifest_, digest_;
};

Result<void> CheckStore(const std::string& path) {
  GR_ASSIGN(auto store, SqliteStore::Open(path, {}));
  GR_ASSIGN(std::vector<std::string> violations, store->turns().Verify());
  if (violations.empty()) return {};
  return Error{
      ErrorCode::kDataLoss, "backup_unsound",
      "the store in the backup breaks " + std::to_string(violations.size()) + " invariants, first: " + violations[0],
      "use an older backup"};
}

Result<void> CheckModels(const std::string& folder, const ModelCheck& check) {
  GR_ASSIGN(std::vector<StoredModelFile> models, ListStoredModels(folder + "/" + kStore));
  for (const StoredModelFile& model : models) {
    Result<void> right = check(folder + "/" + model.path, model.digest);
    if (!right) return std::move(right).error().With("model `" + model.name + "`");
  }
  return {};
}

Result<void> DemandEmpty(const std::string& home) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(home, error)) {
    std::string name = entry.path().filename();
    if (name == kStaging || name == "lost+found") continue;
    return Error{ErrorCode::kAlreadyExists, "home_not_empty",
                 "the data directory `" + home + "` is not empty (`" + name + "`)",
                 "name a new folder with --home, or move the old one away"};
  }
  if (error) return FileError(home, error.value(), "listing");
  return {};
}

// When an administrator restores for a service, the files belong to who owns the data directory.
Result<void> GiveToOwner(const std::string& home, const std::string& folder) {
  struct stat status{};
  if (::stat(home.c_str(), &status) != 0) return FileError(home, errno, "reading");
  if (::geteuid() != 0 || status.st_uid == 0) return {};
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (::lchown(entry.path().c_str(), status.st_uid, status.st_gid) != 0)
      return FileError(entry.path(), errno, "changing the owner of");
  }
  return {};
}

// The store last: a data directory without it is seen as unfinished.
Result<void> MoveUp(const std::string& staging, const std::string& home) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(staging, error)) names.push_back(entry.path().filename());
  if (error) return FileError(staging, error.value(), "listing");
  std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    return std::pair(a == kStore, a) < std::pair(b == kStore, b);
  });
  for (const std::string& name : names) {
    fs::rename(staging + "/" + name, home + "/" + name, error);
    if (error) return FileError(home + "/" + name, error.value(), "moving to");
  }
  int folder = ::open(home.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return FileError(home, errno, "opening");
  int synced = ::fsync(folder), failure = errno;
  ::close(folder);
  if (synced != 0) return FileError(home, failure, "syncing");
  return {};
}

}  // namespace

uint64_t BackupManifest::Bytes() const {
  uint64_t sum = 0;
  for (const TarMember& member : files) sum += member.bytes;
  return sum;
}

Json BackupManifest::ToJson() const {
  Json rows = Json::List({});
  for (const TarMember& member : files) {
    rows.MutableArray().push_back(Json::Object(
        {{"path", member.name}, {"bytes", static_cast<int64_t>(member.bytes)}, {"sha256", member.sha256}}));
  }
  return Json::Object({{"format", format},
                       {"created_at", created_at},
                       {"program", program},
                       {"schema", schema},
                       {"files", std::move(rows)}});
}

// A model that was deleted between the snapshot and the copy of its package is gone in the next snapshot.
Result<BackupManifest> WriteBackup(const BackupRequest& request, const ModelCheck& check) {
  for (int attempt = 1;; ++attempt) {
    auto done = TryBackup(request, check);
    bool moved = !done && (done.error().reason == "model_missing" || done.error().reason == "file_missing" ||
                           done.error().reason == "file_changed");
    if (!moved || attempt == kAttempts) return done;
  }
}

Result<BackupManifest> VerifyBackup(const std::string& file) {
  GR_ASSIGN(auto scratch, MakeScratch(file));
  GR_ASSIGN(BackupManifest manifest,
            Unpacking(file, scratch->path(), [](const std::string& name) { return name == kStore; }).Run());
  GR_TRY(CheckStore(scratch->path() + "/" + kStore));
  return manifest;
}

Result<BackupManifest> RestoreBackup(const std::string& file, const std::string& home, const ModelCheck& check) {
  GR_TRY(CreateDirectories(home));
  GR_TRY(DemandEmpty(home));
  Scratch staging(home + "/" + kStaging);
  std::error_code ignored;
  fs::remove_all(staging.path(), ignored);
  GR_TRY(CreateDirectories(staging.path()));
  GR_ASSIGN(BackupManifest manifest, Unpacking(file, staging.path(), [](const std::string&) { return true; }).Run());
  GR_TRY(CheckStore(staging.path() + "/" + kStore));
  GR_TRY(CheckModels(staging.path(), check));
  GR_TRY(RemoveFile(staging.path() + "/" + kStore + ".lock"));
  GR_TRY(GiveToOwner(home, staging.path()));
  GR_TRY(MoveUp(staging.path(), home));
  return manifest;
}

}  // namespace greenroom
