#include "api/model_intake.h"
#include "api/routes.h"
#include "base/text.h"

namespace greenroom {
namespace {

// Servers send back what they got, but some put it in quotes, leave them out, or had a proxy weaken it (`W/`).
std::string_view Opaque(std::string_view tag) {
  tag = Trim(tag);
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return tag;
}

bool HasAlready(const HttpRequest& request, const ModelRecord& model) {
  for (const std::string& tag : Split(request.headers.Get("If-None-Match"), ',')) {
    if (Opaque(tag) == model.digest) return true;
  }
  return false;
}

void SetModelHeaders(const ModelRecord& model, HttpResponse& response) {
  response.headers.Set("ETag", "\"" + model.digest + "\"");
  // The name under which a server of Rasa stores the body. Model names are plain, so nothing needs quoting.
  response.headers.Set("filename", FileNameOf(model));
  response.headers.Set("Content-Disposition", "attachment; filename=\"" + FileNameOf(model) + "\"");
}

// A server of Rasa takes an answer without ETag for "nothing new", so that even the short one has it.
Result<HttpResponse> Send(const ApiServices& services, const HttpRequest& request, const ModelRecord& model,
                          int unchanged) {
  if (HasAlready(request, model)) {
    HttpResponse response = HttpResponse::Empty(unchanged);
    SetModelHeaders(model, response);
    return response;
  }
  const char* type = model.kind == kRasaModel ? "application/gzip" : "application/octet-stream";
  GR_ASSIGN(HttpResponse response, HttpResponse::File(services.data_directory + "/" + model.path, type));
  SetModelHeaders(model, response);
  return response;
}

Result<HttpResponse> Pull(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.TaggedModel(assistant, request.Param("tag")));
  return Send(services, request, model, 204);
}

Result<HttpResponse> Download(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(assistant, request.Param("model")));
  return Send(services, request, model, 304);
}

}  // namespace

std::vector<Route> PullRoutes(const ApiServices& services) {
  return {
      {.method = "GET",
       .pattern = "/api/projects/{project}/models/tags/{tag}",
       .name = "pull_model",
       .policy = "service",
       .summary = "The model behind a tag; 204 when the ETag in If-None-Match is still its",
       .query = {{"wait", "Seconds to wait for the tag to move when it has not", "number"}},
       .handler = Bind(services, Pull)},
      {.method = "GET",
       .pattern = "/api/models/tags/{tag}",
       .name = "pull_default_model",
       .policy = "service",
       .summary = "The same for the default project",
       .query = {{"wait", "Seconds to wait for the tag to move when it has not", "number"}},
       .handler = Bind(services, Pull)},
      {.method = "GET",
       .pattern = "/api/projects/{project}/models/{model}",
       .name = "download_model",
       .policy = "models.view",
       .summary = "The file of a model",
       .handler = Bind(services, Download)},
  };
}

}  // namespace greenroom
