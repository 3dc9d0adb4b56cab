#include "archive/rasa_model.h"

#include <charconv>
#include <chrono>
#include <optional>

namespace greenroom {
namespace {

constexpr const char* kNewMetadata = "metadata.json";     // 3.x
constexpr const char* kOldMetadata = "fingerprint.json";  // 2.x

Error BadMetadata(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "bad_metadata", "the metadata of the archive " + what};
}

std::optional<int> Digits(std::string_view text, size_t offset, size_t count) {
  if (offset + count > text.size()) return std::nullopt;
  int value = 0;
  auto [end, problem] = std::from_chars(text.data() + offset, text.data() + offset + count, value);
  if (problem != std::errc() || end != text.data() + offset + count || value < 0) return std::nullopt;
  return value;
}

// Python's isoformat of a naive UTC time: 2026-11-23T20:45:19.762749, the fraction absent when it is zero.
std::optional<double> ParseMoment(std::string_view text) {
  auto year = Digits(text, 0, 4), month = Digits(text, 5, 2), day = Digits(text, 8, 2);
  auto hour = Digits(text, 11, 2), minute = Digits(text, 14, 2), second = Digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                   std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  double seconds = static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * 86400.0 +
                   *hour * 3600 + *minute * 60 + *second;
  if (text.size() <= 19 || text[19] != '.') return seconds;
  std::string_view digits = text.substr(20, 6);
  double scale = 1;
  for (char c : digits) {
    if (c < '0' || c > '9') break;
    scale /= 10;
    seconds += (c - '0') * scale;
  }
  return seconds;
}

Result<double> MomentOf(const Json& value) {
  if (value.is_number()) return value.AsDouble();
  if (auto moment = value.is_string() ? ParseMoment(value.AsString()) : std::nullopt) return *moment;
  return BadMetadata("does not say when the model was trained");
}

Result<void> CheckVersion(const std::string& version) {
  int major = 0;
  auto [end, problem] = std::from_chars(version.data(), version.data() + version.size(), major);
  if (problem != std::errc() || end == version.data() + version.size() || *end != '.' || version.size() > 32)
    return BadMetadata("has no version of Rasa");
  if (major == 2 || major == 3) return {};
  return Error{ErrorCode::kConflict, "incompatible_model",
               "the archive was trained by Rasa " + version + "; archives of Rasa 2.x and 3.x are taken",
               "train it with Rasa 3.6"};
}

// A domain lists plain names or objects with one member, the name.
Json NamesOf(const Json& list) {
  Json names = Json::List();
  for (const auto& [name, value] : list.members()) names.Append(name);
  for (const Json& item : list.array()) {
    if (item.is_string()) names.Append(item);
    if (item.is_object() && item.size() == 1) names.Append(item.members().front().first);
  }
  return names;
}

const char* TrainingType(int64_t number) {
  constexpr const char* kNames[] = {"", "nlu", "core", "both", "end_to_end"};
  return number >= 1 && number <= 4 ? kNames[number] : "";
}

Result<RasaModel> ReadNew(const Json& metadata) {
  RasaModel model;
  model.rasa_version = metadata["rasa_open_source_version"].AsString();
  GR_TRY(CheckVersion(model.rasa_version));
  GR_ASSIGN(model.trained_at, MomentOf(metadata["trained_at"]));
  model.model_id = metadata["model_id"].AsString();
  model.assistant_id = metadata["assistant_id"].AsString();
  model.language = metadata["language"].AsString();
  model.fingerprint = metadata["project_fingerprint"].AsString();
  model.training_type = TrainingType(metadata["training_type"].AsInt());
  model.domain = Json::Object();
  for (const char* part : {"intents", "entities", "slots", "actions", "responses", "forms"})
    model.domain.Set(part, NamesOf(metadata["domain"][part]));
  return model;
}

Result<RasaModel> ReadOld(const Json& metadata) {
  RasaModel model;
  model.rasa_version = metadata["version"].AsString();
  GR_TRY(CheckVersion(model.rasa_version));
  GR_ASSIGN(model.trained_at, MomentOf(metadata["trained_at"]));
  model.fingerprint = metadata["project"].AsString();
  return model;
}

Result<Json> ParseMetadata(const std::string& text, const ArchiveLimits& limits) {
  auto parsed = ParseJson(text, {.bytes = limits.kept_member, .depth = 64, .nodes = limits.metadata_nodes});
  if (!parsed) return BadMetadata("is no sound JSON: " + parsed.error().message);
  if (!parsed->is_object()) return BadMetadata("is no JSON object");
  return parsed;
}

}  // namespace

Result<RasaModel> InspectRasaModel(ChunkSource source, const ArchiveLimits& limits) {
  const std::set<std::string> wanted = {kNewMetadata, kOldMetadata};
  GR_ASSIGN(ArchiveContents contents, ReadArchive(std::move(source), wanted, limits));
  const bool is_new = contents.kept.contains(kNewMetadata);
  if (contents.kept.empty()) {
    return Error{ErrorCode::kInvalidArgument, "missing_metadata",
                 "the archive is no model of Rasa: it has neither metadata.json nor fingerprint.json"};
  }
  GR_ASSIGN(Json metadata, ParseMetadata(contents.kept[is_new ? kNewMetadata : kOldMetadata], limits));
  GR_ASSIGN(RasaModel model, is_new ? ReadNew(metadata) : ReadOld(metadata));
  model.files = contents.files;
  model.unpacked = contents.unpacked;
  for (const char* ending : {".pkl", ".pickle", ".joblib", ".dill"}) {
    if (contents.endings.contains(ending)) model.holds_pickles = true;
  }
  return model;
}

Result<RasaModel> InspectRasaModel(const std::string& path, const ArchiveLimits& limits) {
  GR_ASSIGN(ChunkSource source, ChunksOfFile(path));
  return InspectRasaModel(std::move(source), limits);
}

bool LooksLikeGzip(std::string_view head) { return head.starts_with("\x1f\x8b"); }

Json DescribeRasaModel(const RasaModel& model) {
  Json counts = Json::Object();
  for (const auto& [part, names] : model.domain.members()) counts.Set(part, names.size());
  return Json::Object({{"rasa_version", model.rasa_version},
                       {"trained_at", model.trained_at},
                       {"model_id", model.model_id},
                       {"assistant_id", model.assistant_id},
                       {"language", model.language},
                       {"training_type", model.training_type},
                       {"domain", counts},
                       {"files", model.files},
                       {"unpacked_bytes", model.unpacked},
                       {"holds_pickles", model.holds_pickles}});
}

}  // namespace greenroom
