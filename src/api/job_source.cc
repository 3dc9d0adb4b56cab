#include "api/job_source.h"

#include <filesystem>

#include "base/files.h"
#include "base/random.h"

namespace greenroom {
namespace {

// File names of an uploaded source become files below a folder of their own: no dots at the front, no way up.
Result<void> CheckSourcePath(const std::string& path) {
  bool plain = !path.empty() && path.size() <= 200 && path[0] != '/' && path.find("..") == std::string::npos &&
               path.find('\0') == std::string::npos && path.find("//") == std::string::npos && path[0] != '.';
  if (plain) return {};
  return Error{ErrorCode::kInvalidArgument, "bad_request", "`" + path + "` is no usable file name",
               "use names like config.yml and data/nlu.yml"};
}

Result<void> WriteSource(const std::string& root, const Json& files) {
  for (const auto& [path, text] : files.members()) {
    std::string file = root + "/" + path;
    GR_TRY(CreateDirectories(file.substr(0, file.rfind('/'))));
    GR_TRY(WriteFileDurably(file, text.AsString()));
  }
  return {};
}

}  // namespace

Result<std::string> StoreSource(const ApiServices& services, const Json& files) {
  for (const auto& [path, text] : files.members()) {
    GR_TRY(CheckSourcePath(path));
    if (!text.is_string())
      return Error{ErrorCode::kInvalidArgument, "bad_request", "the text of `" + path + "` must be a string"};
  }
  std::string root = services.data_directory + "/sources/" + NewId();
  if (auto written = WriteSource(root, files); !written) {
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
    return std::move(written).error();
  }
  return root;
}

Result<TrainingJob> SubmitJob(const ApiServices& services, const HttpRequest& request, JobRequest job) {
  job.actor = ActorOf(request);
  GR_ASSIGN(TrainingJob submitted, services.jobs.Submit(std::move(job)));
  GR_TRY(services.accounts.Note(
      PrincipalOf(request),
      {.action = "job.submit", .subject = submitted.id, .after = Json::Object({{"model", submitted.model}})}));
  return submitted;
}

}  // namespace greenroom
