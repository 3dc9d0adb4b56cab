#include "app/environment_watch.h"

#include "assistant/environments_file.h"
#include "base/digest.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "registry/names.h"

namespace greenroom {
namespace {

constexpr char kAssistant[] = "default";
constexpr char kProtected[] = "production";
constexpr char kActor[] = "environments.yml";  // in the audit log
constexpr size_t kLargestFile = 1u << 20;

// Of a file that cannot be read: the reason, so that a change to the better or worse shows.
std::string DigestOf(const std::string& path) {
  auto text = ReadFile(path, kLargestFile);
  return text ? Sha256Hex(*text) : text.error().reason;
}

}  // namespace

Result<void> EnvironmentWatch::TakeOver(const std::string& name, const std::string& url, const std::string& token,
                                        bool& changed) {
  GR_ASSIGN(std::vector<EnvironmentRecord> present, registry_.ListEnvironments(kAssistant));
  for (const EnvironmentRecord& record : present) {
    if (record.name == name && record.url == url && record.token == token) return {};
  }
  GR_ASSIGN(EnvironmentRecord stored,
            registry_.PutEnvironment({.name = name, .url = url, .token = token}, {.actor = kActor}));
  Log(LogLevel::kInfo, "environment_from_file",
      {{"environment", stored.name}, {"kind", stored.url.empty() ? "embedded" : "remote"}});
  changed = true;
  return {};
}

Result<void> EnvironmentWatch::RemoveOthers(const std::set<std::string>& named, bool& changed) {
  for (const std::string& name : from_file_) {
    if (named.contains(name)) continue;
    if (name == kProtected) {
      GR_TRY(TakeOver(name, "", "", changed));
      continue;
    }
    Result<void> removed = registry_.DeleteEnvironment(kAssistant, name, {.actor = kActor});
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
    Log(LogLevel::kInfo, "environment_left_file", {{"environment", name}});
    changed = true;
  }
  return {};
}

Result<void> EnvironmentWatch::Apply() {
  seen_ = DigestOf(path_);
  GR_ASSIGN(EnvironmentsFile file, LoadEnvironmentsFile(path_, {ProcessEnvironment(), CheckEnvironmentName}));
  bool changed = false;
  std::set<std::string> named;
  for (const EnvironmentEntry& entry : file.entries) {
    GR_TRY(TakeOver(entry.name, entry.url, entry.token, changed));
    named.insert(entry.name);
  }
  GR_TRY(RemoveOthers(named, changed));
  from_file_ = std::move(named);
  if (changed) changed_();
  return {};
}

void EnvironmentWatch::Look() {
  if (DigestOf(path_) == seen_) return;
  if (Result<void> applied = Apply(); !applied) {
    Log(LogLevel::kError, "environments_file_refused",
        {{"file", path_}, {"reason", applied.error().reason}, {"message", applied.error().message}});
  }
}

}  // namespace greenroom
