// What a Rasa server lets its clients do to its model: load another, unload it, train one.
#include "api/conversation_query.h"
#include "api/job_source.h"
#include "api/routes.h"
#include "assistant/single_document.h"
#include "base/log.h"
#include "channels/rasa_routes.h"

namespace greenroom {
namespace {

std::string ServedEnvironment(const HttpRequest& request) {
  const std::string& named = request.Param("environment");
  return named.empty() ? "production" : named;
}

// The routes speak Rasa's form of errors, like the rest of that surface.
HttpHandler InRasaForm(const ApiServices& services, BlockingHandler handle) {
  return OnExecutor(services, [handle = std::move(handle)](const HttpRequest& request) -> Result<HttpResponse> {
    auto response = handle(request);
    return response ? std::move(*response) : RasaFailure(response.error(), request);
  });
}

// A model is named by the file that a Rasa server would have: models/NAME.tar.gz.
std::string ModelNameOf(std::string file) {
  if (const size_t slash = file.rfind('/'); slash != std::string::npos) file = file.substr(slash + 1);
  for (const std::string_view ending : {".tar.gz", ".grm"})
    if (file.ends_with(ending)) return file.substr(0, file.size() - ending.size());
  return file;
}

Result<void> MoveTo(const ApiServices& services, const HttpRequest& request, std::optional<std::string> model) {
  GR_ASSIGN(EnvironmentRecord environment, services.registry.GetEnvironment("default", ServedEnvironment(request)));
  const char* reason = model ? "PUT /model" : "DELETE /model";
  auto moved = services.registry.MoveTag({.tag = environment.name,
                                          .model = std::move(model),
                                          .actor = ActorOf(request),
                                          .reason = reason,
                                          .address = ByOf(request).address});
  if (!moved) return std::move(moved).error();
  services.reconciler.Wake();
  return {};
}

Result<HttpResponse> LoadModel(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadObject(request, {"model_file", "model_server", "remote_storage"}));
  for (const char* name : {"model_server", "remote_storage"}) {
    if (body[name].is_null()) continue;
    return Error{ErrorCode::kInvalidArgument, "model_source_unsupported",
                 std::string("`") + name + "` cannot be given here: models come from this server's own registry",
                 "upload the model with POST /api/projects/default/models and name it as `model_file`", "model"};
  }
  GR_TRY(services.registry.GetEnvironment("default", ServedEnvironment(request)));
  auto model = services.registry.GetModel("default", ModelNameOf(body["model_file"].AsString()));
  if (!model) {
    return Error{ErrorCode::kInvalidArgument, "model_not_found",
                 "Agent with name '" + body["model_file"].AsString() + "' could not be loaded.",
                 "name one of GET /api/projects/default/models", "model"};
  }
  GR_TRY(MoveTo(services, request, model->name));
  return HttpResponse::Empty(204);
}

Result<HttpResponse> UnloadModel(const ApiServices& services, const HttpRequest& request) {
  GR_TRY(MoveTo(services, request, {}));
  return HttpResponse::Empty(204);
}

// Where the result shall be sent; "" = it is the answer. Training is repeatable and takes what it needs of the machine,
// so the other wishes change nothing; they are checked.
Result<std::string> ReadTrainingQuery(const HttpRequest& request) {
  GR_TRY(QueryFlag(request, "force_training", false));
  GR_TRY(QueryNumber(request, "augmentation", {.fallback = 50, .low = 0, .high = 1'000'000}));
  GR_TRY(QueryNumber(request, "num_threads", {.fallback = 1, .low = 1, .high = 1024}));
  GR_ASSIGN(bool keep, QueryFlag(request, "save_to_default_model_directory", true));
  if (!keep) {
    return Error{ErrorCode::kInvalidArgument, "bad_query", "every model that is trained here is kept in the registry",
                 "leave `save_to_default_model_directory` out and delete the model afterwards"};
  }
  const std::string* url = request.Query("callback_url");
  if (url && !url->starts_with("http://") && !url->starts_with("https://"))
    return Error{ErrorCode::kInvalidArgument, "bad_query", "`callback_url` must begin with http:// or https://"};
  return url ? *url : std::string();
}

Result<TrainingJob> SubmitTraining(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(SourceFiles files, SplitSource(request.body));
  Json json = Json::Object();
  for (auto& [file, text] : files) json.Set(file, std::move(text));
  GR_ASSIGN(std::string folder, StoreSource(services, json));
  return SubmitJob(services, request, {.source_directory = folder, .remove_source = true});
}

bool IsOver(const TrainingJob& job) {
  return job.state == JobState::kDone || job.state == JobState::kFailed || job.state == JobState::kCancelled;
}

// The diagnostics as one text: a client of Rasa shows the message and nothing else.
Error FailureOf(const TrainingJob& job) {
  std::string message = "An unexpected error occurred during training. Error: " + job.message;
  for (const Json& found : job.diagnostics.array()) {
    message += "\n" + found["file"].AsString() + ":" + std::to_string(found["line"].AsInt()) + " " +
               found["code"].AsString() + " " + found["message"].AsString();
  }
  return {ErrorCode::kInvalidArgument, job.error.empty() ? "training_failed" : job.error, std::move(message)};
}

Result<HttpResponse> ModelOf(const ApiServices& services, const TrainingJob& job) {
  if (job.state != JobState::kDone) return FailureOf(job);
  GR_ASSIGN(ModelRecord model, services.registry.GetModel(job.assistant, job.model));
  GR_ASSIGN(HttpResponse response,
            HttpResponse::File(services.data_directory + "/" + model.path, "application/octet-stream"));
  response.headers.Set("filename", model.name + ".grm");
  response.headers.Set("Content-Disposition", "attachment; filename=\"" + model.name + ".grm\"");
  return response;
}

// Calls once, when the job is over. The listener must not block: what follows runs on the executor.
void WhenOver(const ApiServices& services, const std::string& id, std::function<void(TrainingJob)> done) {
  struct Watch {
    std::atomic<bool> over = false;
    std::atomic<int64_t> token = 0;
  };
  auto watch = std::make_shared<Watch>();
  auto tell = [services, watch, done = std::move(done)](const TrainingJob& job) {
    if (!IsOver(job) || watch->over.exchange(true)) return;
    services.executor.Submit([services, watch, done, job] {
      services.jobs.Unsubscribe(watch->token);
      done(job);
    });
  };
  watch->token = services.jobs.Subscribe(id, tell);
  if (watch->over) services.jobs.Unsubscribe(watch->token);
  if (auto job = services.jobs.Find(id)) tell(*job);
}

// The file of the model, or Rasa's error body, sent to the address that the client named.
void SendResult(const ApiServices& services, const std::string& url, const HttpRequest& request,
                const TrainingJob& job) {
  HttpClientRequest call{.method = "POST", .url = url, .total_timeout = std::chrono::minutes(5), .repeat = false};
  call.refuse_link_local = true;
  auto model = job.state == JobState::kDone ? services.registry.GetModel(job.assistant, job.model)
                                            : Result<ModelRecord>(FailureOf(job));
  if (model) {
    call.upload_file = services.data_directory + "/" + model->path;
    call.headers.Set("Content-Type", "application/octet-stream");
    call.headers.Set("filename", model->name + ".grm");
  } else {
    call.body = RasaFailure(model.error(), request).body;
    call.headers.Set("Content-Type", "application/json");
  }
  services.client->Async(std::move(call), [job](const Result<HttpClientResponse>& answer) {
    if (answer && answer->status < 300) return;
    Log(LogLevel::kWarning, "training_callback_failed",
        {{"job", job.id}, {"reason", answer ? "status " + std::to_string(answer->status) : answer.error().reason}});
  });
}

void BeginTraining(const ApiServices& services, std::shared_ptr<HttpRequest> request, const Responder& respond) {
  auto url = ReadTrainingQuery(*request);
  if (!url) return respond(RasaFailure(url.error(), *request));
  auto job = SubmitTraining(services, *request);
  if (!job) return respond(RasaFailure(job.error(), *request));
  if (!url->empty()) {
    respond(HttpResponse::Empty(204));
    return WhenOver(services, job->id, [services, url = *url, request](const TrainingJob& over) {
      SendResult(services, url, *request, over);
    });
  }
  WhenOver(services, job->id, [services, request, respond](const TrainingJob& over) {
    auto response = ModelOf(services, over);
    respond(response ? std::move(*response) : RasaFailure(response.error(), *request));
  });
}

HttpHandler TrainModel(const ApiServices& services) {
  return [services](std::shared_ptr<HttpRequest> request, Responder respond) {
    services.executor.Submit([services, request, respond] { BeginTraining(services, request, respond); });
  };
}

void AddRoutes(std::vector<Route>& routes, const ApiServices& services, const std::string& prefix,
               const std::string& suffix) {
  const std::string write = prefix.empty() ? "environments.production.write" : "environments.{environment}.write";
  routes.push_back(
      {.method = "PUT",
       .pattern = prefix + "/model",
       .name = "load_model" + suffix,
       .policy = write,
       .summary = "Let the environment serve another model of the registry",
       .request_schema = SchemaOf({{"model_file", TypeOf("string")}}),
       .handler = InRasaForm(services, [services](const HttpRequest& r) { return LoadModel(services, r); })});
  routes.push_back(
      {.method = "DELETE",
       .pattern = prefix + "/model",
       .name = "unload_model" + suffix,
       .policy = write,
       .summary = "Take the model away from the environment",
       .handler = InRasaForm(services, [services](const HttpRequest& r) { return UnloadModel(services, r); })});
  routes.push_back({.method = "POST",
                    .pattern = prefix + "/model/train",
                    .name = "train_model" + suffix,
                    .policy = "models.modify",
                    .summary = "Train the source in the body and answer with the model",
                    .request_schema = TypeOf("object"),
                    .query = {{"callback_url", "Where the model goes; the answer is then an empty 204 at once"},
                              {"force_training", "Accepted; training is repeatable", "boolean"},
                              {"augmentation", "Accepted; the policies choose for themselves", "integer"},
                              {"num_threads", "Accepted; the result does not depend on it", "integer"},
                              {"save_to_default_model_directory", "true; models are always kept", "boolean"}},
                    .body_limit = kMaxSourceBytes,
                    .handler = TrainModel(services)});
}

}  // namespace

std::vector<Route> RasaModelRoutes(const ApiServices& services) {
  std::vector<Route> routes;
  AddRoutes(routes, services, "", "");
  AddRoutes(routes, services, "/environments/{environment}", "_in_environment");
  return routes;
}

}  // namespace greenroom
