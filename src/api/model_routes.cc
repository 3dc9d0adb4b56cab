#include <algorithm>

#include "api/model_intake.h"
#include "api/routes.h"
#include "api/upload_file.h"
#include "base/files.h"

namespace greenroom {
namespace {

constexpr size_t kFormBytes = 1u << 20;  // what a form may have around its file

Result<HttpResponse> List(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(std::vector<ModelRecord> models, services.registry.ListModels(assistant));
  std::vector<Json> shown;
  for (const ModelRecord& model : models) shown.push_back(DescribeModel(model));
  return Page(request, shown);
}

// The name that a client gives a model: in the query, or by the name of the file.
std::string WantedName(const HttpRequest& request, const UploadFile& upload) {
  if (const std::string* asked = request.Query("name")) return *asked;
  if (!upload.client_name().empty()) return ModelNameOf(upload.client_name());
  std::string file_name = HeaderParameter(request.headers.Get("Content-Disposition"), "filename");
  return ModelNameOf(file_name);
}

Result<ModelRecord> Take(const ApiServices& services, const HttpRequest& request, const std::string& assistant,
                         UploadFile& upload) {
  GR_TRY(upload.Finish(request.headers));
  return TakeModel(services, {.assistant = assistant,
                              .path = upload.path(),
                              .sha256 = upload.sha256(),
                              .bytes = upload.bytes(),
                              .name = WantedName(request, upload),
                              .actor = ActorOf(request),
                              .address = ByOf(request).address});
}

Result<HttpResponse> Upload(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  auto upload = std::dynamic_pointer_cast<UploadFile>(request.sink);
  if (!upload) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the body must be a model",
                 "send the file with -F model=@FILE, or with --data-binary @FILE"};
  }
  auto stored = Take(services, request, assistant, *upload);
  if (!stored) {
    upload->Discard();
    return std::move(stored).error();
  }
  upload->Release();
  return HttpResponse::Json(201, DescribeModel(*stored));
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
  std::string directory = services.data_directory + "/models";
  size_t limit = services.upload_limit;
  return {
      {.method = "GET",
       .pattern = all,
       .name = "list_models",
       .policy = "models.view",
       .summary = "All models, newest first",
       .response_schema = TypeOf("array"),
       .query = PagingWith({}),
       .handler = Bind(services, List)},
      {.method = "POST",
       .pattern = all,
       .name = "upload_model",
       .policy = "models.modify",
       .summary = "Upload a model: a package of ours, or an archive that Rasa trained",
       .response_schema = TypeOf("object"),
       .query = {{"name", "What the model is called, when not by its file name"}},
       .body_limit = limit + kFormBytes,
       .body_sink = [directory, limit](const HttpRequest& head) { return UploadFile::Open(directory, limit, head); },
       .handler = Bind(services, Upload)},
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
