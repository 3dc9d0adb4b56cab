#include "app/doctor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "app/model_files.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "storage/inspection.h"

namespace greenroom {
namespace {

using Level = Finding::Level;
constexpr double kClockSlack = 120;             // seconds
constexpr double kEarliestNow = 1'767'225'600;  // 2026-01-01: this program is younger
constexpr int64_t kFirstSchemaWithSecrets = 2;
constexpr uint64_t kMegabyte = 1 << 20;

std::string Count(size_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

class Examination {
 public:
  explicit Examination(const DoctorOptions& options) : options_(options) {}

  std::vector<Finding> Run() {
    if (!CheckHome()) return std::move(findings_);
    CheckSpace();
    CheckSecrets();
    auto seen = InspectStore(options_.home + "/greenroom.db");
    if (seen) {
      CheckSchema(*seen);
      CheckContents(*seen);
      CheckModels(*seen);
    } else {
      Add("store", Level::kFailure, seen.error().message,
          seen.error().reason == "store_missing"
              ? "name the right --home, or start a server once: `greenroom up --home " + options_.home + "`"
              : seen.error().help);
    }
    CheckClock(seen ? seen->latest : 0);
    CheckPort();
    return std::move(findings_);
  }

 private:
  void Add(std::string check, Level level, std::string detail, std::string fix = "") {
    findings_.push_back({std::move(check), level, std::move(detail), std::move(fix)});
  }

  bool CheckHome() {
    if (!IsDirectory(options_.home)) {
      Add("home", Level::kFailure, "there is no data directory `" + options_.home + "`", "name it with --home");
      return false;
    }
    if (::access(options_.home.c_str(), R_OK | W_OK | X_OK) == 0)
      Add("home", Level::kOk, options_.home);
    else
      Add("home", Level::kFailure, "`" + options_.home + "` cannot be written by this user",
          "run as the user of the service, or `chown -R` the folder to it");
    return true;
  }

  void CheckSpace() {
    struct statvfs volume{};
    if (::statvfs(options_.home.c_str(), &volume) != 0)
      return Add("space", Level::kFailure, FileError(options_.home, errno, "measuring").message);
    uint64_t free = static_cast<uint64_t>(volume.f_bavail) * volume.f_frsize;
    std::string detail = std::to_string(free / kMegabyte) + " MB free";
    if (free < options_.no_space)
      return Add("space", Level::kFailure, detail,
                 "make room: without it messages are refused (507) and training fails");
    if (free < options_.little_space) return Add("space", Level::kWarning, detail, "make room soon");
    if (volume.f_files > 0 && volume.f_favail < 1000)
      return Add("space", Level::kFailure, "fewer than 1000 files can be made", "remove files on this volume");
    Add("space", Level::kOk, detail);
  }

  // Files whose name says that they hold a secret, and the store, which holds conversations of people.
  void CheckSecrets() {
    std::error_code error;
    size_t secrets = 0;
    std::vector<std::string> open, foreign;
    struct stat home{};
    ::stat(options_.home.c_str(), &home);
    for (const auto& entry : std::filesystem::directory_iterator(options_.home, error)) {
      std::string name = entry.path().filename();
      struct stat status{};
      if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
      if (status.st_uid != home.st_uid) foreign.push_back(name);
      bool secret = name == "admin-token" || name.find("secret") != std::string::npos || name.ends_with(".key") ||
                    name.ends_with("-key") || name.ends_with(".pem");
      secrets += secret ? 1 : 0;
      if (secret && (status.st_mode & 077) != 0) open.push_back(name);
    }
    std::sort(open.begin(), open.end());
    if (!open.empty()) {
      Add("secrets", Level::kFailure, "others can read " + Join(open, ", "),
          "chmod 600 " + options_.home + "/" + Join(open, " " + options_.home + "/"));
    } else {
      Add("secrets", Level::kOk, Count(secrets, "secret file") + ", each for its owner only");
    }
    if (!foreign.empty())
      Add("owner", Level::kFailure, Join(foreign, ", ") + " belongs to another user than the data directory",
          "chown -R --reference=" + options_.home + " " + options_.home);
    bool strangers = (home.st_mode & 007) != 0;
    if (strangers)
      Add("home", Level::kWarning, "every user of this machine can look into the data directory",
          "chmod 750 " + options_.home);
  }

  void CheckSchema(const StoreInspection& seen) {
    std::string detail =
        "version " + std::to_string(seen.schema) + ", this program knows " + std::to_string(seen.known_schema);
    if (seen.schema > seen.known_schema)
      return Add("schema", Level::kFailure, detail, "install the newer program, or restore a backup of the older one");
    if (seen.changed_steps)
      return Add("schema", Level::kFailure, "a migration of the store is not the one of this program",
                 "use the release that wrote the store");
    if (seen.schema < seen.known_schema)
      return Add("schema", Level::kWarning, detail, "the next start brings it up; make a backup before");
    Add("schema", Level::kOk, detail);
    if (seen.schema >= kFirstSchemaWithSecrets && !FileExists(options_.home + "/secret.key"))
      Add("key", Level::kWarning, "there is no secret.key; the next start makes a new one",
          "put it back from a backup, else give the tokens of remote servers again");
  }

  void CheckContents(const StoreInspection& seen) {
    if (!seen.damage.empty())
      return Add("store", Level::kFailure, "the file is damaged: " + seen.damage,
                 "restore a backup: `greenroom restore --from FILE --home NEW`");
    Add("store", Level::kOk, std::to_string((seen.bytes + 1023) / 1024) + " KB, sound");
    if (seen.schema != seen.known_schema) return;
    CheckRows(seen.rows);
    if (seen.violations.empty()) return Add("invariants", Level::kOk, "all hold");
    Add("invariants", Level::kFailure, Count(seen.violations.size(), "violation") + ", first: " + seen.violations[0],
        "list them with `greenroom verify`; restore a backup from before");
  }

  void CheckRows(const StoreRows& rows) {
    Add("rows", Level::kOk,
        "events " + std::to_string(rows.events) + ", messages " + std::to_string(rows.messages) +
            ", waiting to be sent " + std::to_string(rows.outbox) + ", audit records " + std::to_string(rows.audit) +
            ", trainings " + std::to_string(rows.jobs));
    if (rows.set_aside == 0) return;
    Add("messages", Level::kWarning, Count(static_cast<size_t>(rows.set_aside), "message") + " could not be handled",
        "the log says `turn_failed` and `message_set_aside` with the conversation and the reason");
  }

  void CheckModels(const StoreInspection& seen) {
    size_t sound = 0;
    for (const StoredModelFile& model : seen.models) {
      std::string path = options_.home + "/" + model.path;
      if (!FileExists(path)) {
        Add("models", Level::kFailure, "the package of `" + model.name + "` is missing: " + path,
            "put it back from a backup, or `greenroom model delete " + model.name + "`");
      } else if (Result<void> right = CheckModelFile(path, model.digest); !right) {
        Add("models", Level::kFailure, "`" + model.name + "`: " + right.error().message,
            "put the right file back from a backup");
      } else {
        ++sound;
      }
    }
    if (sound == seen.models.size()) Add("models", Level::kOk, Count(sound, "model") + ", digests right");
  }

  void CheckClock(double latest) {
    if (options_.now < kEarliestNow)
      return Add("clock", Level::kFailure, "it is " + FormatIso8601(options_.now) + " here", "set the clock, run NTP");
    if (latest > options_.now + kClockSlack)
      return Add(
          "clock", Level::kFailure,
          "the store has entries of " + FormatIso8601(latest) + ", it is " + FormatIso8601(options_.now) + " here",
          "set the clock, run NTP; entries stay in order, but reminders and sessions come late");
    Add("clock", Level::kOk, FormatIso8601(options_.now));
  }

  // A running server holds the lock of the store.
  bool ServerRuns() const {
    int lock = ::open((options_.home + "/greenroom.db.lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (lock < 0) return false;
    bool held = ::flock(lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(lock);
    return held;
  }

  void CheckPort() {
    std::string place = options_.address + ":" + std::to_string(options_.port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    if (::inet_pton(AF_INET, options_.address.c_str(), &address.sin_addr) != 1)
      return Add("port", Level::kWarning, "`" + options_.address + "` is no IPv4 address, not checked");
    int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int failed = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
    ::close(socket);
    bool runs = ServerRuns();
    if (failed == EADDRINUSE && runs)
      return Add("port", Level::kOk, place + " is in use, the server of this home runs");
    if (failed == EADDRINUSE)
      return Add("port", Level::kFailure, place + " is used by another program, and no server runs on this home",
                 "stop that program (`ss -ltnp`), or choose another --port");
    if (failed == EACCES)
      return Add("port", Level::kFailure, place + " may not be used by this user",
                 "choose a port above 1023, or put a proxy in front");
    if (failed != 0)
      return Add("port", Level::kFailure, FileError(place, failed, "listening on").message, "check --address");
    if (runs)
      return Add("port", Level::kWarning, "a server runs on this home, but not on " + place,
                 "name its port with --port");
    Add("port", Level::kOk, place + " is free, no server runs on this home");
  }

  const DoctorOptions& options_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> Examine(const DoctorOptions& options) { return Examination(options).Run(); }

bool AnyFailure(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.level == Level::kFailure; });
}

Json FindingsToJson(const std::vector<Finding>& findings) {
  static constexpr const char* kNames[] = {"ok", "warning", "failure"};
  Json rows = Json::List();
  for (const Finding& finding : findings) {
    rows.Append(Json::Object({{"check", finding.check},
                              {"status", kNames[static_cast<size_t>(finding.level)]},
                              {"detail", finding.detail},
                              {"fix", finding.fix.empty() ? Json() : Json(finding.fix)}}));
  }
  return rows;
}

}  // namespace greenroom
