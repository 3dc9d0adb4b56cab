#include "api/environment_set.h"

#include <algorithm>
#include <set>

#include "api/environment_view.h"
#include "assistant/environments_file.h"
#include "base/text.h"
#include "registry/names.h"

namespace greenroom {
namespace {

constexpr char kProtected[] = "production";
// The token of an entry that has none: as before, unless the url changes. No token can have a line end.
constexpr char kLeftOut[] = "\n";

Error BadSet(std::string message) { return {ErrorCode::kInvalidArgument, "bad_request", std::move(message)}; }

Result<std::string> TextMember(const Json& item, const char* name) {
  const Json* member = item.Find(name);
  if (!member || member->is_null()) return std::string();
  if (!member->is_string()) return BadSet(std::string("`") + name + "` of an environment must be a string");
  return member->AsString();
}

const EnvironmentRecord* Named(const std::vector<EnvironmentRecord>& records, const std::string& name) {
  auto found = std::find_if(records.begin(), records.end(), [&](const auto& record) { return record.name == name; });
  return found == records.end() ? nullptr : &*found;
}

Result<void> TakeKnownToken(const EnvironmentRecord* known, EnvironmentRecord& record) {
  bool left_out = record.token == kLeftOut;
  if (!left_out && record.token != kHiddenToken) return {};
  bool same = known && known->url == record.url;
  record.token = same ? known->token : "";
  if (same || left_out) return {};
  return Error{ErrorCode::kInvalidArgument, "token_needed",
               "environment `" + record.name + "` gets another url, so its token must be given anew",
               "send the token that the server at the new url wants"};
}

}  // namespace

Result<std::vector<EnvironmentRecord>> ReadEnvironmentList(const Json& list) {
  std::vector<EnvironmentRecord> records;
  for (const Json& item : list.array()) {
    if (!item.is_object()) return BadSet("each environment must be an object");
    for (const auto& [key, value] : item.members()) {
      if (key == "name" || key == "url" || key == "token") continue;
      return Error{ErrorCode::kInvalidArgument, "unknown_field",
                   "the member `" + key + "` is not known here; known: name, url, token", "remove it"};
    }
    EnvironmentRecord record;
    GR_ASSIGN(record.name, TextMember(item, "name"));
    GR_ASSIGN(record.url, TextMember(item, "url"));
    GR_ASSIGN(record.token, TextMember(item, "token"));
    const Json* token = item.Find("token");
    if (!token || token->is_null()) record.token = kLeftOut;
    if (record.url.ends_with('/')) record.url.pop_back();
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::vector<EnvironmentRecord>> ReadEnvironmentText(const std::string& text) {
  Diagnostics diagnostics;
  // "***" is shorter than tokens may be; it is put in by AsText and means: as before.
  const std::string placeholder = "the-token-stays-as-it-is";
  std::string readable = ReplaceAll(text, "'" + std::string(kHiddenToken) + "'", placeholder);
  EnvironmentsFile file =
      ReadEnvironmentsFile({.file = "environments.yml", .text = std::make_shared<const std::string>(readable)},
                           {.check_name = CheckEnvironmentName}, diagnostics);
  if (diagnostics.has_errors())
    return Error{ErrorCode::kInvalidArgument, "environments_invalid", ListProblems(diagnostics)};
  std::vector<EnvironmentRecord> records;
  for (EnvironmentEntry& entry : file.entries) {
    bool hidden = entry.token == placeholder;
    records.push_back({.name = std::move(entry.name),
                       .url = std::move(entry.url),
                       .token = hidden ? std::string(kHiddenToken) : std::move(entry.token)});
  }
  return records;
}

std::string AsText(const std::vector<EnvironmentRecord>& records) {
  EnvironmentsFile file;
  for (const EnvironmentRecord& record : records)
    file.entries.push_back({.name = record.name, .url = record.url, .token = record.token});
  return WriteEnvironmentsFile(file, kHiddenToken);
}

std::vector<std::string> EnvironmentChanges::Names() const {
  std::vector<std::string> names = removed;
  for (const EnvironmentRecord& record : put) names.push_back(record.name);
  return names;
}

Result<EnvironmentChanges> PlanEnvironments(const ApiServices& services, std::vector<EnvironmentRecord> wanted) {
  GR_ASSIGN(std::vector<EnvironmentRecord> present, services.registry.ListEnvironments("default"));
  EnvironmentChanges changes;
  std::set<std::string> names;
  for (EnvironmentRecord& record : wanted) {
    GR_TRY(CheckEnvironmentName(record.name));
    GR_TRY(CheckEnvironmentUrl(record.url));
    if (!names.insert(record.name).second) return BadSet("environment `" + record.name + "` is there twice");
    const EnvironmentRecord* known = Named(present, record.name);
    GR_TRY(TakeKnownToken(known, record));
    if (known && known->url == record.url && known->token == record.token) continue;
    changes.put.push_back(std::move(record));
  }
  for (const EnvironmentRecord& record : present) {
    if (record.name != kProtected && !names.contains(record.name)) changes.removed.push_back(record.name);
  }
  return changes;
}

Result<void> ApplyEnvironments(const ApiServices& services, const EnvironmentChanges& changes, const ChangedBy& by) {
  for (const EnvironmentRecord& record : changes.put) {
    GR_ASSIGN(EnvironmentRecord stored, services.registry.PutEnvironment(record, by));
    (void)stored;
  }
  for (const std::string& name : changes.removed) GR_TRY(services.registry.DeleteEnvironment("default", name, by));
  return {};
}

Result<void> KeepHiddenToken(const ApiServices& services, EnvironmentRecord& record) {
  if (record.token != kHiddenToken) return {};
  GR_ASSIGN(std::vector<EnvironmentRecord> present, services.registry.ListEnvironments("default"));
  return TakeKnownToken(Named(present, record.name), record);
}

}  // namespace greenroom
