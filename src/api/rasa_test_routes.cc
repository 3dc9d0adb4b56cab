// What a Rasa server tells of its model when it is given messages or stories whose outcome is known.
#include "api/routes.h"
#include "assistant/nlu_loader.h"
#include "channels/rasa_routes.h"
#include "evaluation/nlu_evaluation.h"
#include "evaluation/story_evaluation.h"
#include "evaluation/test_data.h"

namespace greenroom {
namespace {

constexpr char kBodyName[] = "request body";
constexpr size_t kMaxTestBytes = 8u << 20;  // a minute of work, not an hour

Error BadTest(const char* reason, std::string message, std::string help) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message), std::move(help)};
}

// The first problem of a body as an error: a client of Rasa shows the message and nothing else.
Result<void> CheckBody(const Diagnostics& diagnostics) {
  for (const Diagnostic& found : diagnostics.items()) {
    if (found.severity != Severity::kError) continue;
    return BadTest(
        "test_data_invalid",
        std::string(kBodyName) + ":" + std::to_string(found.span.line) + " " + found.code + " " + found.message,
        found.help);
  }
  return {};
}

Result<ServingHandle> ServingModel(const ApiServices& services, const HttpRequest& request) {
  const std::string& named = request.Param("environment");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(named.empty() ? "production" : named));
  const std::string* wanted = request.Query("model");
  if (wanted && *wanted != handle.model->name) {
    return BadTest("model_not_served", "`" + *wanted + "` is not the model that answers here",
                   "leave `model` out, or ask the environment that serves it");
  }
  return handle;
}

Result<HttpResponse> TestStories(const ApiServices& services, const HttpRequest& request) {
  if (request.body.empty()) {
    return BadTest("test_data_missing",
                   "You must provide some stories in the request body in order to evaluate your model.", "");
  }
  const std::string* flag = request.Query("e2e");
  const bool end_to_end = flag && (*flag == "true" || *flag == "True" || *flag == "1");
  if (flag && !end_to_end && *flag != "false" && *flag != "False" && *flag != "0")
    return BadTest("bad_query", "`e2e` must be true or false", "");
  Diagnostics diagnostics;
  TestData data = ReadTestData(request.body, kBodyName, diagnostics);
  GR_TRY(CheckBody(diagnostics));
  GR_ASSIGN(ServingHandle handle, ServingModel(services, request));
  const auto conversations = TestConversations(handle.model->domain, std::move(data.stories), diagnostics);
  GR_TRY(CheckBody(diagnostics));
  return HttpResponse::Json(
      200, StoryEvaluationToJson(EvaluateStories(*handle.model, conversations, {.end_to_end = end_to_end})));
}

// YAML, or Rasa's JSON of older times.
Result<std::vector<NluExample>> ReadExamples(const std::string& body) {
  Diagnostics diagnostics;
  NluData data;
  auto json = ParseJson(body, {.bytes = kMaxTestBytes, .depth = 64, .nodes = 5'000'000});
  if (json && ProbeJsonData(*json) == JsonDataKind::kRasa) {
    Report report(diagnostics);
    LoadNluJson(*json, kBodyName, data, report);
  } else {
    data.examples = ReadTestData(body, kBodyName, diagnostics).examples;
  }
  GR_TRY(CheckBody(diagnostics));
  RemoveRepeatedExamples(data);
  return std::move(data.examples);
}

Result<HttpResponse> TestIntents(const ApiServices& services, const HttpRequest& request) {
  if (request.body.empty()) {
    return BadTest("test_data_missing",
                   "You must provide some nlu data in the request body in order to evaluate your model.", "");
  }
  if (request.Query("cross_validation_folds")) {
    return BadTest("bad_query", "`cross_validation_folds` is not taken here: the model that answers is what is tested",
                   "run `greenroom test nlu --cross-validation` on the project");
  }
  GR_ASSIGN(std::vector<NluExample> examples, ReadExamples(request.body));
  GR_ASSIGN(ServingHandle handle, ServingModel(services, request));
  const NluModel& nlu = *handle.model->nlu;
  return HttpResponse::Json(
      200, NluEvaluationToJson(EvaluateNlu(examples, [&](const std::string& text) { return nlu.ParseMessage(text); })));
}

HttpHandler InRasaForm(const ApiServices& services,
                       Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
  return OnExecutor(services, [services, handle](const HttpRequest& request) -> Result<HttpResponse> {
    auto response = handle(services, request);
    return response ? std::move(*response) : RasaFailure(response.error(), request);
  });
}

void AddRoutes(std::vector<Route>& routes, const ApiServices& services, const std::string& prefix,
               const std::string& suffix) {
  const QueryParameter model{"model", "Name of the model that answers here; another is refused"};
  routes.push_back({.method = "POST",
                    .pattern = prefix + "/model/test/stories",
                    .name = "test_stories" + suffix,
                    .policy = kPolicyParse,
                    .summary = "Replay the stories in the body and compare what the policies predict",
                    .request_schema = TypeOf("object"),
                    .response_schema = TypeOf("object"),
                    .query = {{"e2e", "Understand the texts of the stories too", "boolean"}, model},
                    .body_limit = kMaxTestBytes,
                    .handler = InRasaForm(services, TestStories)});
  routes.push_back({.method = "POST",
                    .pattern = prefix + "/model/test/intents",
                    .name = "test_intents" + suffix,
                    .policy = kPolicyParse,
                    .summary = "Parse the messages in the body and compare intents, entities and responses",
                    .request_schema = TypeOf("object"),
                    .response_schema = TypeOf("object"),
                    .query = {model, {"cross_validation_folds", "Refused: cross validation needs a project"}},
                    .body_limit = kMaxTestBytes,
                    .handler = InRasaForm(services, TestIntents)});
}

}  // namespace

std::vector<Route> RasaTestRoutes(const ApiServices& services) {
  std::vector<Route> routes;
  AddRoutes(routes, services, "", "");
  AddRoutes(routes, services, "/environments/{environment}", "_in_environment");
  return routes;
}

}  // namespace greenroom
