#include "api/model_intake.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <set>

#include "archive/rasa_model.h"
#include "base/files.h"
#include "base/random.h"
#include "pipeline/package.h"

namespace greenroom {
namespace {

constexpr const char* kArchiveEnding = ".tar.gz";
constexpr const char* kPackageEnding = ".grm";
constexpr std::string_view kPackageHead = "GRNMODEL";

Result<std::string> HeadOf(const std::string& path) {
  GR_ASSIGN(ChunkSource chunks, ChunksOfFile(path));
  GR_ASSIGN(std::string_view first, chunks());
  return std::string(first.substr(0, kPackageHead.size()));
}

// Rasa names a model by the time of its training.
std::string NameByTime(double seconds) {
  std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[32];
  if (!::gmtime_r(&time, &parts) || std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts) == 0) return "";
  return text;
}

Result<ModelRecord> ReadArchiveModel(const ReceivedModel& received) {
  GR_ASSIGN(RasaModel model, InspectRasaModel(received.path));
  return ModelRecord{.kind = kRasaModel,
                     .name = received.name.empty() ? NameByTime(model.trained_at) : received.name,
                     .digest = received.sha256,
                     .fingerprint = model.fingerprint,
                     .engine = model.rasa_version,
                     .metadata = DescribeRasaModel(model)};
}

// What is wrong with a package that a client sent is the client's to correct; the same damage in a package of our own
// store is data loss.
Result<std::shared_ptr<const Package>> OpenSent(const std::string& path) {
  auto package = Package::Open(path);
  if (package || package.error().code != ErrorCode::kDataLoss) return package;
  Error error = std::move(package).error();
  error.code = ErrorCode::kInvalidArgument;
  return error;
}

Result<ModelRecord> ReadPackageModel(const ReceivedModel& received) {
  GR_ASSIGN(std::shared_ptr<const Package> package, OpenSent(received.path));
  const Json& manifest = package->manifest();
  return ModelRecord{.kind = kOwnModel,
                     .name = received.name.empty() ? package->trailer()["name"].AsString() : received.name,
                     .digest = package->digest(),
                     .fingerprint = manifest["fingerprint"].AsString(),
                     .engine = manifest["engine"].AsString(),
                     .metadata = Json::Object({{"config", manifest["config"]}, {"metrics", manifest["metrics"]}})};
}

Result<ModelRecord> ReadModel(const ReceivedModel& received) {
  GR_ASSIGN(std::string head, HeadOf(received.path));
  if (LooksLikeGzip(head)) return ReadArchiveModel(received);
  if (kPackageHead.starts_with(head) && !head.empty()) return ReadPackageModel(received);
  return Error{ErrorCode::kInvalidArgument, "model_not_an_archive",
               "the file is neither a model package (.grm) nor a model archive of Rasa (.tar.gz)"};
}

Result<void> SyncFolder(const std::string& folder) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int synced = fd < 0 ? -1 : ::fsync(fd);
  int error = errno;
  if (fd >= 0) ::close(fd);
  return synced == 0 ? Result<void>() : Result<void>(FileError(folder, error, "syncing"));
}

// `<64 hex digits>.<id>.<ending>`: every upload has a file of its own, so that no upload waits for another one or takes
// its file away.
bool IsUploadName(const std::string& name) {
  return name.size() > 65 && name[64] == '.' && name.find_first_not_of("0123456789abcdef") == 64 &&
         (name.ends_with(kArchiveEnding) || name.ends_with(kPackageEnding)) &&
         name.find('.', 65) != std::string::npos && name.find('.', 65) - 65 == 32;
}

}  // namespace

Result<ModelRecord> TakeModel(const ApiServices& services, const ReceivedModel& received) {
  GR_ASSIGN(ModelRecord record, ReadModel(received));
  const char* ending = record.kind == kRasaModel ? kArchiveEnding : kPackageEnding;
  record.assistant = received.assistant;
  record.path = "models/" + record.digest + "." + NewId() + ending;
  record.bytes = static_cast<int64_t>(received.bytes);
  record.created_by = received.actor;
  record.address = received.address;
  std::string kept = services.data_directory + "/" + record.path;
  if (::rename(received.path.c_str(), kept.c_str()) != 0) return FileError(kept, errno, "storing");
  Result<void> synced = SyncFolder(services.data_directory + "/models");
  auto stored = synced ? services.registry.RegisterModel(std::move(record)) : Result<ModelRecord>(synced.error());
  if (!stored) ::unlink(kept.c_str());
  return stored;
}

std::string ModelNameOf(std::string_view file_name) {
  size_t folder = file_name.find_last_of("/\\");
  if (folder != std::string_view::npos) file_name.remove_prefix(folder + 1);
  for (std::string_view ending : {kArchiveEnding, kPackageEnding, ".tgz"}) {
    if (file_name.ends_with(ending)) return std::string(file_name.substr(0, file_name.size() - ending.size()));
  }
  return std::string(file_name);
}

std::string FileNameOf(const ModelRecord& model) {
  return model.name + (model.kind == kRasaModel ? kArchiveEnding : kPackageEnding);
}

Json DescribeModel(const ModelRecord& model) {
  Json tags = Json::List();
  for (const std::string& tag : model.tags) tags.Append(tag);
  bool is_rasa = model.kind == kRasaModel;
  Json json = Json::Object({{"project", model.assistant},
                            {"model", model.name},
                            {"path", model.path},
                            {"hash", model.digest},
                            {"tags", tags},
                            {"trained_at", is_rasa ? model.metadata["trained_at"] : Json(model.created_at)},
                            {"version", model.engine},
                            {"type", model.kind},
                            // Servers of Rasa 3 do not load what Rasa 2 trained.
                            {"is_compatible", !is_rasa || model.engine.starts_with("3.")},
                            {"number", model.version},
                            {"bytes", model.bytes},
                            {"fingerprint", model.fingerprint},
                            {"created_at", model.created_at},
                            {"created_by", model.created_by}});
  if (is_rasa) return json.Set("metadata", model.metadata);
  return json.Set("metrics", model.metadata["metrics"]);
}

Result<void> RemoveUnnamedUploads(const Registry& registry, const std::string& data_directory) {
  GR_ASSIGN(std::vector<AssistantRecord> assistants, registry.ListAssistants());
  std::set<std::string> named;
  for (const AssistantRecord& assistant : assistants) {
    GR_ASSIGN(std::vector<ModelRecord> models, registry.ListModels(assistant.id));
    for (const ModelRecord& model : models) named.insert(model.path);
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(data_directory + "/models", error)) {
    std::string name = entry.path().filename().string();
    if (IsUploadName(name) && !named.contains("models/" + name)) GR_TRY(RemoveFile(entry.path().string()));
  }
  return {};
}

}  // namespace greenroom
