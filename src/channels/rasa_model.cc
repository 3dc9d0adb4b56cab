#include "base/yaml_writer.h"
#include "channels/emulation.h"
#include "channels/rasa_requests.h"
#include "channels/rasa_surface.h"

namespace greenroom {
namespace {

enum class DomainForm { kJson, kYaml };

// What comes after the last "/" or "+" of the media type counts, as in Rasa.
Result<DomainForm> WantedForm(const HttpRequest& request) {
  const std::string_view accept = request.headers.Get("Accept");
  if (accept.empty() || accept.ends_with("json")) return DomainForm::kJson;
  if (accept.ends_with("yml") || accept.ends_with("yaml")) return DomainForm::kYaml;
  return Error{ErrorCode::kInvalidArgument, "not_acceptable",
               "the domain can be had as application/json or as application/x-yaml",
               "send one of the two as Accept, or none"};
}

}  // namespace

Result<HttpResponse> ParseMessage(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(Json body, ReadBody(request));
  GR_ASSIGN(std::string text, ReadMessageText(body, "text"));
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  const UserMessage message{.conversation_id = "parse", .text = std::move(text)};
  Json parse = ParseToJson(ParseForTurn(*handle.model, message));
  if (const std::string* service = request.Query("emulation_mode")) {
    GR_ASSIGN(Json emulated, EmulatedParse(parse, *service));
    return HttpResponse::Json(200, emulated);
  }
  return HttpResponse::Json(200, parse);
}

Result<HttpResponse> ModelStatus(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  return HttpResponse::Json(200, Json::Object({{"model_file", handle.model->name},
                                               {"model_id", handle.model->digest},
                                               {"num_active_training_jobs", services.active_trainings()}}));
}

Result<HttpResponse> GetDomain(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(DomainForm form, WantedForm(request));
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  Json domain = handle.model->domain.ToJson();
  if (form == DomainForm::kJson) return HttpResponse::Json(200, domain);
  return HttpResponse::Text(200, WriteYaml(domain), "application/x-yaml");
}

Result<HttpResponse> PredictForEvents(const ChannelServices& services, const HttpRequest& request) {
  GR_ASSIGN(EventScope scope, ReadScope(request));
  GR_ASSIGN(std::vector<Event> events, ReadEvents(request, EventsForm::kList));
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(EnvironmentOf(request)));
  Tracker tracker(handle.model->slot_table, "default");
  const double now = services.turns.Now();
  for (Event& event : events) {
    if (event.timestamp == 0) event.timestamp = now;
    tracker.Apply(event);
  }
  return HttpResponse::Json(200, PredictionJson(*handle.model, tracker, scope, false));
}

}  // namespace greenroom
