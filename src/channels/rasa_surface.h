// The parts of a Rasa server's HTTP surface, one source file each; rasa_routes.cc puts them together.
#pragma once

#include <functional>

#include "channels/rasa_routes.h"

namespace greenroom {

inline constexpr char kRasaVersion[] = "3.6.21";

// Runs a blocking handler on the CPU pool.
HttpHandler OnPool(const ChannelServices& services, std::function<Result<HttpResponse>(const HttpRequest&)> handle);

// rasa_rest.cc: the REST channel.
HttpHandler RestWebhook(const ChannelServices& services);

// rasa_model.cc: what the model of the environment says, without a conversation.
Result<HttpResponse> ParseMessage(const ChannelServices& services, const HttpRequest& request);
Result<HttpResponse> ModelStatus(const ChannelServices& services, const HttpRequest& request);
Result<HttpResponse> GetDomain(const ChannelServices& services, const HttpRequest& request);
Result<HttpResponse> PredictForEvents(const ChannelServices& services, const HttpRequest& request);

// rasa_conversations.cc: one conversation, read and changed.
Result<HttpResponse> GetTracker(const ChannelServices& services, const HttpRequest& request);
Result<HttpResponse> GetStory(const ChannelServices& services, const HttpRequest& request);
Result<HttpResponse> PredictNext(const ChannelServices& services, const HttpRequest& request);
HttpHandler AppendMessage(const ChannelServices& services);
HttpHandler AppendTrackerEvents(const ChannelServices& services);
HttpHandler ReplaceTrackerEvents(const ChannelServices& services);
HttpHandler TriggerIntent(const ChannelServices& services);
HttpHandler ExecuteAction(const ChannelServices& services);

// The answer to a question for the next action; `sorted` = best first.
Json PredictionJson(const LiveModel& model, const Tracker& tracker, EventScope scope, bool sorted);

}  // namespace greenroom
