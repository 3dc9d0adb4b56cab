#include "api/model_intake.h"
#include "api/routes.h"
#include "api/upload_session.h"
#include "registry/names.h"

namespace greenroom {
namespace {

constexpr size_t kUploadSegment = 4;  // of /api/projects/{project}/uploads/{upload}

bool IsDigest(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Json Describe(const UploadPlan& plan, uint64_t received) {
  return Json::Object({{"upload", plan.id},
                       {"project", plan.assistant},
                       {"model", plan.name},
                       {"bytes", plan.bytes},
                       {"offset", received},
                       {"sha256", plan.sha256}});
}

// Of another project's uploads a caller learns nothing.
Result<UploadPlan> Find(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(UploadPlan plan, FindUpload(services.data_directory, request.Param("upload")));
  if (plan.assistant == assistant) return plan;
  return Error{ErrorCode::kNotFound, "upload_not_found", "there is no such upload"};
}

Result<HttpResponse> Start(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::string assistant, AssistantOf(request));
  GR_ASSIGN(Json body, ReadObject(request, {"model", "bytes", "sha256"}));
  UploadPlan plan{.assistant = assistant,
                  .name = ModelNameOf(body["model"].AsString()),
                  .bytes = static_cast<uint64_t>(std::max<int64_t>(0, body["bytes"].AsInt())),
                  .sha256 = body["sha256"].AsString()};
  if (!plan.name.empty()) GR_TRY(CheckModelName(plan.name));
  if (plan.bytes == 0 || !IsDigest(plan.sha256)) {
    return Error{ErrorCode::kInvalidArgument, "bad_request",
                 "`bytes` (the size) and `sha256` (64 lower-case hex digits) of the file are needed"};
  }
  if (plan.bytes > services.upload_limit)
    return Error{ErrorCode::kExhausted, "model_too_large", "the model is larger than the limit"};
  GR_ASSIGN(plan, StartUpload(services.data_directory, std::move(plan)));
  HttpResponse response = HttpResponse::Json(201, Describe(plan, 0));
  response.headers.Set("Location", "/api/projects/" + assistant + "/uploads/" + plan.id);
  return response;
}

Result<HttpResponse> Show(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UploadPlan plan, Find(services, request));
  GR_ASSIGN(uint64_t received, ReceivedBytes(services.data_directory, plan.id));
  return HttpResponse::Json(200, Describe(plan, received));
}

Result<HttpResponse> Append(const ApiServices& services, UploadPiece& piece, const ChangedBy& by) {
  const UploadPlan& plan = piece.plan();
  Result<void> finished = piece.Finish();
  // A whole that is not what was announced cannot be mended by going on.
  if (!finished && finished.error().reason == "hash_mismatch") GR_TRY(RemoveUpload(services.data_directory, plan.id));
  GR_TRY(std::move(finished));
  if (piece.received() < plan.bytes) return HttpResponse::Json(200, Describe(plan, piece.received()));
  auto taken = TakeModel(services, {.assistant = plan.assistant,
                                    .path = piece.path(),
                                    .sha256 = plan.sha256,
                                    .bytes = plan.bytes,
                                    .name = plan.name,
                                    .actor = by.actor,
                                    .address = by.address});
  GR_TRY(RemoveUpload(services.data_directory, plan.id));
  if (!taken) return std::move(taken).error();
  return HttpResponse::Json(201, DescribeModel(*taken));
}

Result<HttpResponse> Continue(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UploadPlan plan, Find(services, request));
  auto piece = std::dynamic_pointer_cast<UploadPiece>(request.sink);
  if (!piece) return Error{ErrorCode::kInvalidArgument, "bad_request", "the body must be a piece of the file"};
  auto answer = Append(services, *piece, ByOf(request));
  piece->Release();
  return answer;
}

Result<HttpResponse> Remove(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(UploadPlan plan, Find(services, request));
  GR_TRY(RemoveUpload(services.data_directory, plan.id));
  return HttpResponse::Empty(204);
}

}  // namespace

std::vector<Route> UploadRoutes(const ApiServices& services) {
  const std::string all = "/api/projects/{project}/uploads", one = all + "/{upload}";
  std::string home = services.data_directory;
  auto open = [home](const HttpRequest& head) {
    return UploadPiece::Open(home, head.path_segments[kUploadSegment], head);
  };
  return {
      {.method = "POST",
       .pattern = all,
       .name = "start_upload",
       .policy = "models.modify",
       .summary = "Begin an upload that may be interrupted",
       .request_schema =
           SchemaOf({{"model", TypeOf("string")}, {"bytes", TypeOf("integer")}, {"sha256", TypeOf("string")}}),
       .response_schema = TypeOf("object"),
       .handler = Bind(services, Start)},
      {.method = "GET",
       .pattern = one,
       .name = "show_upload",
       .policy = "models.modify",
       .summary = "How much of an upload is there",
       .response_schema = TypeOf("object"),
       .handler = Bind(services, Show)},
      {.method = "PUT",
       .pattern = one,
       .name = "continue_upload",
       .policy = "models.modify",
       .summary = "The next piece, with Content-Range; the last one makes it a model",
       .response_schema = TypeOf("object"),
       .body_limit = services.upload_limit,
       .body_sink = open,
       .handler = Bind(services, Continue)},
      {.method = "DELETE",
       .pattern = one,
       .name = "remove_upload",
       .policy = "models.modify",
       .summary = "Give an upload up",
       .handler = Bind(services, Remove)},
  };
}

}  // namespace greenroom
