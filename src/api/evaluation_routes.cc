// What a model would have done in a conversation that took place.
#include <algorithm>

#include "api/conversation_query.h"
#include "api/conversation_view.h"
#include "api/routes.h"
#include "evaluation/story_evaluation.h"

namespace greenroom {
namespace {

// The latest session as a story: from its first listen on, with the slots that it began with.
TrainingConversation StoryOf(const Tracker& session) {
  TrainingConversation story{.name = session.conversation_id()};
  const AppliedList& applied = session.applied();
  auto begin =
      std::find_if(applied.begin(), applied.end(), [](const Event* event) { return event->As<SessionStarted>(); });
  begin = begin == applied.end() ? applied.begin() : std::next(begin);
  for (auto event = begin; event != applied.end(); ++event) story.events.push_back(**event);
  // Nobody decides the listen that a session begins with, so it comes before the slots that were carried over.
  const auto listen = std::find_if(story.events.begin(), story.events.end(), [](const Event& event) {
    const auto* action = event.As<ActionExecuted>();
    return action != nullptr && action->name == "action_listen";
  });
  if (listen != story.events.end()) std::rotate(story.events.begin(), listen, listen + 1);
  return story;
}

Result<HttpResponse> Evaluate(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  const std::string* judge = request.Query("model_of");
  GR_ASSIGN(ServingHandle handle, services.environments.Acquire(judge ? *judge : key.environment));
  GR_ASSIGN(Tracker session, services.turn_service.ReadTracker(key));
  if (session.events().empty()) {
    return Error{ErrorCode::kNotFound, "conversation_not_found",
                 "there is no conversation `" + key.conversation + "` in `" + key.environment + "`"};
  }
  const StoryEvaluation evaluation = EvaluateStories(*handle.model, {StoryOf(session)}, {});
  Json shown = StoryEvaluationToJson(evaluation);
  const StoryChoice outcome = evaluation.failed() > 0 ? StoryChoice::kFailed : StoryChoice::kSuccessful;
  shown.Set("failed", evaluation.failed() > 0)
      .Set("model", handle.model->name)
      .Set("story", StoriesText(evaluation, outcome));
  return HttpResponse::Json(200, shown);
}

}  // namespace

std::vector<Route> EvaluationRoutes(const ApiServices& services) {
  return {
      {.method = "GET",
       .pattern = "/api/conversations/{conversation_id}/evaluation",
       .name = "evaluate_conversation",
       .policy = "conversations.view",
       .summary = "Whether a model would have acted as it was acted in the conversation, action by action",
       .response_schema = SchemaOf({{"accuracy", TypeOf("number")},
                                    {"failed", TypeOf("boolean")},
                                    {"model", TypeOf("string")},
                                    {"story", TypeOf("string")},
                                    {"actions", TypeOf("array")}}),
       .query = EnvironmentWith({{"model_of", "The environment whose model is asked; else that of the conversation"}}),
       .handler = Bind(services, Evaluate)}};
}

}  // namespace greenroom
