#include "api/job_source.h"
#include "api/routes.h"

namespace greenroom {
namespace {

constexpr int64_t kMostJobs = 10'000;  // older ones are not listed

Json Describe(const TrainingJob& job) {
  return Json::Object({{"id", job.id},
                       {"state", std::string(JobStateName(job.state))},
                       {"step", job.step},
                       {"fraction", job.fraction},
                       {"eta_seconds", job.eta_seconds ? Json(*job.eta_seconds) : Json()},
                       {"model", job.model.empty() ? Json() : Json(job.model)},
                       {"diagnostics", job.diagnostics},
                       {"error", job.error.empty() ? Json() : Json(job.error)},
                       {"message", job.message},
                       {"actor", job.actor},
                       {"created_at", job.created_at},
                       {"finished_at", job.finished_at}});
}

bool IsFinal(JobState state) {
  return state == JobState::kDone || state == JobState::kFailed || state == JobState::kCancelled;
}

Result<HttpResponse> Create(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  Json body = Json::Object();
  if (!request.body.empty()) {
    GR_ASSIGN(body, ParseJson(request.body, {.bytes = kMaxSourceBytes, .depth = 8, .nodes = 100'000}));
  }
  if (!body.is_object()) return Error{ErrorCode::kInvalidArgument, "bad_request", "the body must be a JSON object"};
  for (const auto& [key, value] : body.members()) {
    if (key == "name" || key == "files") continue;
    return Error{ErrorCode::kInvalidArgument, "unknown_field",
                 "the member `" + key + "` is not known here; known: name, files"};
  }
  JobRequest job{
      .assistant = assistant, .source_directory = services.project_directory, .name = body["name"].AsString()};
  if (const Json* files = body.Find("files"); files && files->size() > 0) {
    GR_ASSIGN(job.source_directory, StoreSource(services, *files));
    job.remove_source = true;
  }
  if (job.source_directory.empty()) {
    return Error{ErrorCode::kInvalidArgument, "source_needed", "this server was started without a project",
                 "send the source as {\"files\": {\"config.yml\": \"...\"}}"};
  }
  GR_ASSIGN(TrainingJob submitted, SubmitJob(services, request, std::move(job)));
  return HttpResponse::Json(202, Describe(submitted));
}

Result<HttpResponse> List(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(std::vector<TrainingJob> jobs, services.jobs.List(assistant, kMostJobs));
  std::vector<Json> shown;
  for (const TrainingJob& job : jobs) shown.push_back(Describe(job));
  return Page(request, shown);
}

Result<HttpResponse> Show(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(TrainingJob job, services.jobs.Find(request.Param("job")));
  return HttpResponse::Json(200, Describe(job));
}

Result<HttpResponse> Cancel(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(TrainingJob job, services.jobs.Cancel(request.Param("job")));
  GR_TRY(services.accounts.Note(PrincipalOf(request), {.action = "job.cancel", .subject = job.id}));
  return HttpResponse::Json(202, Describe(job));
}

void WriteEvent(ResponseStream& stream, const TrainingJob& job) {
  stream.Write("event: job\ndata: " + Describe(job).Dump() + "\n\n");
  if (IsFinal(job.state)) stream.Close();
}

// Server-sent events: the job as it is now, then every change, until it is finished or the client leaves.
Result<HttpResponse> Follow(const ApiServices& services, const HttpRequest& request) {
  auto stream = std::make_shared<ResponseStream>();
  JobQueue& jobs = services.jobs;
  int64_t token = jobs.Subscribe(request.Param("job"), [stream](const TrainingJob& job) { WriteEvent(*stream, job); });
  stream->OnClosed([&jobs, token] { jobs.Unsubscribe(token); });
  auto job = jobs.Find(request.Param("job"));  // after subscribing, so that no change falls between
  if (!job) {
    jobs.Unsubscribe(token);
    return std::move(job).error();
  }
  WriteEvent(*stream, *job);
  return HttpResponse::Stream(200, "text/event-stream", stream);
}

}  // namespace

std::vector<Route> JobRoutes(const ApiServices& services) {
  const std::string all = "/api/projects/{project}/models/jobs", one = all + "/{job}";
  Json object = TypeOf("object");
  return {
      {.method = "POST",
       .pattern = all,
       .name = "train",
       .policy = "models.modify",
       .summary = "Train a model in the background",
       .request_schema = SchemaOf({{"name", TypeOf("string")}, {"files", object}}),
       .response_schema = object,
       .body_limit = kMaxSourceBytes,
       .handler = Bind(services, Create)},
      {.method = "GET",
       .pattern = all,
       .name = "list_jobs",
       .policy = "models.view",
       .summary = "Training jobs, newest first",
       .response_schema = TypeOf("array"),
       .query = PagingWith({}),
       .handler = Bind(services, List)},
      {.method = "GET",
       .pattern = one,
       .name = "show_job",
       .policy = "models.view",
       .summary = "One training job",
       .response_schema = object,
       .handler = Bind(services, Show)},
      {.method = "DELETE",
       .pattern = one,
       .name = "cancel_job",
       .policy = "models.modify",
       .summary = "Cancel a training job",
       .response_schema = object,
       .handler = Bind(services, Cancel)},
      {.method = "GET",
       .pattern = one + "/events",
       .name = "follow_job",
       .policy = "models.view",
       .summary = "Live progress as server-sent events",
       .handler = Bind(services, Follow)},
  };
}

}  // namespace greenroom
