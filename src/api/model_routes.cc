#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "api/routes.h"
#include "base/files.h"
#include "base/random.h"
#include "pipeline/package.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

// Takes an uploaded package into a file aside. Whatever happens before the handler keeps it, the file goes away.
class UploadSink final : public BodySink {
 public:
  static Result<std::shared_ptr<BodySink>> Open(const std::string& data_directory, size_t limit) {
    std::string path = data_directory + "/models/.upload-" + NewId() + ".partial";
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return FileError(path, errno, "creating");
    return std::shared_ptr<BodySink>(new UploadSink(std::move(path), fd, limit));
  }
  ~UploadSink() override {
    ::close(fd_);
    ::unlink(path_.c_str());
  }

  Result<void> Write(std::string_view bytes) override {
    written_ += bytes.size();
    if (written_ > limit_)
      return Error{ErrorCode::kExhausted, "model_too_large", "the package is larger than the limit"};
    while (!bytes.empty()) {
      ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError(path_, errno, "writing");
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

  Result<void> Sync() {
    if (::fsync(fd_) != 0) return FileError(path_, errno, "syncing");
    return {};
  }
  const std::string& path() const { return path_; }
  size_t written() const { return written_; }

 private:
  UploadSink(std::string path, int fd, size_t limit) : path_(std::move(path)), fd_(fd), limit_(limit) {}
  std::string path_;
  int fd_;
  size_t limit_;
  size_t written_ = 0;
};

Json Describe(const ModelRecord& model) {
  Json tags = Json::List();
  for (const std::string& tag : model.tags) tags.Append(tag);
  return Json::Object({{"project", model.assistant},
                       {"model", model.name},
                       {"hash", model.digest},
                       {"tags", tags},
                       {"trained_at", model.created_at},
                       {"number", model.version},
                       {"version", model.engine},
                       {"bytes", model.bytes},
                       {"fingerprint", model.fingerprint},
                       {"created_by", model.created_by},
                       {"metrics", model.metadata["metrics"]},
                       {"type", "greenroom"},
                       {"is_compatible", true}});
}

Result<HttpResponse> List(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(int64_t limit, QueryNumber(request, "limit", {.fallback = 1000, .low = 1, .high = 10'000}));
  GR_ASSIGN(int64_t offset, QueryNumber(request, "offset", {.fallback = 0, .low = 0, .high = 1'000'000'000}));
  GR_ASSIGN(std::vector<ModelRecord> models, services.registry.ListModels(assistant));
  Json list = Json::List();
  for (size_t i = static_cast<size_t>(offset); i < models.size() && list.size() < static_cast<size_t>(limit); ++i)
    list.Append(Describe(models[i]));
  HttpResponse response = HttpResponse::Json(200, list);
  response.headers.Set("X-Total-Count", std::to_string(models.size()));
  return response;
}

// A package that a client sent. What is wrong with it is the client's to correct; the same damage in a package of our
// own store is data loss.
Result<std::shared_ptr<const Package>> OpenSent(const std::string& path) {
  auto package = Package::Open(path);
  if (package || package.error().code != ErrorCode::kDataLoss) return package;
  Error error = std::move(package).error();
  error.code = ErrorCode::kInvalidArgument;
  return error;
}

Result<HttpResponse> Upload(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  auto sink = std::dynamic_pointer_cast<UploadSink>(request.sink);
  if (!sink || sink->written() == 0) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the body must be a model package",
                 "send the file with --data-binary"};
  }
  GR_TRY(sink->Sync());
  GR_ASSIGN(std::shared_ptr<const Package> package, OpenSent(sink->path()));
  const std::string* asked = request.Query("name");
  std::string name = asked ? *asked : package->trailer()["name"].AsString();
  ModelRecord record{.assistant = assistant,
                     .name = name,
                     .digest = package->digest(),
                     .path = "models/" + package->digest() + ".grm",
                     .bytes = static_cast<int64_t>(sink->written()),
                     .fingerprint = package->manifest()["fingerprint"].AsString(),
                     .engine = package->manifest()["engine"].AsString(),
                     .metadata = Json::Object(
                         {{"config", package->manifest()["config"]}, {"metrics", package->manifest()["metrics"]}}),
                     .created_by = ActorOf(request)};
  std::string kept = services.data_directory + "/" + record.path;
  if (!FileExists(kept) && ::link(sink->path().c_str(), kept.c_str()) != 0 && errno != EEXIST)
    return FileError(kept, errno, "storing");
  GR_ASSIGN(ModelRecord stored, services.registry.RegisterModel(std::move(record)));
  return HttpResponse::Json(201, Describe(stored));
}

Result<HttpResponse> Download(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(assistant, request.Param("model")));
  GR_ASSIGN(HttpResponse response,
            HttpResponse::File(services.data_directory + "/" + model.path, "application/octet-stream"));
  response.headers.Set("ETag", "\"" + model.digest + "\"");
  response.headers.Set("Content-Disposition", "attachment; filename=\"" + model.name + ".grm\"");
  return response;
}

Result<HttpResponse> Delete(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(assistant, request.Param("model")));
  GR_TRY(services.registry.DeleteModel(assistant, model.name, ByOf(request)));
  GR_ASSIGN(std::vector<ModelRecord> left, services.registry.ListModels(assistant));
  for (const ModelRecord& other : left) {
    if (other.path == model.path) return HttpResponse::Empty(204);  // another name for the same content
  }
  if (auto removed = RemoveFile(services.data_directory + "/" + model.path);
      !removed && removed.error().reason != "file_missing") {
    return std::move(removed).error();
  }
  return HttpResponse::Empty(204);
}

Result<HttpResponse> Tag(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(assistant, request.Param("model")));
  GR_ASSIGN(DeploymentRecord moved, services.registry.MoveTag({.assistant = assistant,
                                                               .tag = request.Param("tag"),
                                                               .model = model.name,
                                                               .actor = ActorOf(request),
                                                               .reason = "tag",
                                                               .address = ByOf(request).address}));
  (void)moved;
  services.reconciler.Wake();
  return HttpResponse::Empty(204);
}

Result<HttpResponse> Untag(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(assistant, request.Param("model")));
  const std::string& tag = request.Param("tag");
  if (std::find(model.tags.begin(), model.tags.end(), tag) == model.tags.end()) {
    return Error{ErrorCode::kNotFound, "tag_not_found",
                 "the model `" + model.name + "` does not carry the tag `" + tag + "`"};
  }
  GR_ASSIGN(DeploymentRecord moved, services.registry.MoveTag({.assistant = assistant,
                                                               .tag = tag,
                                                               .actor = ActorOf(request),
                                                               .reason = "untag",
                                                               .address = ByOf(request).address}));
  (void)moved;
  services.reconciler.Wake();
  return HttpResponse::Empty(204);
}

}  // namespace

std::vector<Route> ModelRoutes(const ApiServices& services) {
  const std::string all = "/api/projects/{project}/models", one = all + "/{model}", tag = one + "/tags/{tag}";
  std::string directory = services.data_directory;
  size_t limit = services.upload_limit;
  return {
      {.method = "GET",
       .pattern = all,
       .name = "list_models",
       .policy = "models.view",
       .summary = "All models, newest first",
       .response_schema = TypeOf("array"),
       .handler = Bind(services, List)},
      {.method = "POST",
       .pattern = all,
       .name = "upload_model",
       .policy = "models.modify",
       .summary = "Upload a model package",
       .response_schema = TypeOf("object"),
       .body_limit = limit,
       .body_sink = [directory, limit](const HttpRequest&) { return UploadSink::Open(directory, limit); },
       .handler = Bind(services, Upload)},
      {.method = "GET",
       .pattern = one,
       .name = "download_model",
       .policy = "models.view",
       .summary = "The package of a model",
       .handler = Bind(services, Download)},
      {.method = "DELETE",
       .pattern = one,
       .name = "delete_model",
       .policy = "models.modify",
       .summary = "Delete a model that carries no tag",
       .handler = Bind(services, Delete)},
      {.method = "PUT",
       .pattern = tag,
       .name = "tag_model",
       .policy = "environments.{tag}.write",
       .summary = "Move a tag to this model",
       .handler = Bind(services, Tag)},
      {.method = "DELETE",
       .pattern = tag,
       .name = "untag_model",
       .policy = "environments.{tag}.write",
       .summary = "Take a tag off this model",
       .handler = Bind(services, Untag)},
  };
}

}  // namespace greenroom
