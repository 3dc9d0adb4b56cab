// All resources of the management API: one function per resource, one file each.
#pragma once

#include <vector>

#include "api/services.h"

namespace greenroom {

std::vector<Route> SystemRoutes(const ApiServices& services);        // health, version
std::vector<Route> ModelRoutes(const ApiServices& services);         // list, upload, delete, tag, untag
std::vector<Route> PullRoutes(const ApiServices& services);          // the model behind a tag, as Rasa servers ask
std::vector<Route> UploadRoutes(const ApiServices& services);        // uploads that may be interrupted
std::vector<Route> JobRoutes(const ApiServices& services);           // train, list, show, cancel, live progress
std::vector<Route> EnvironmentRoutes(const ApiServices& services);   // list, put, delete, promote, roll back, history
std::vector<Route> ConversationRoutes(const ApiServices& services);  // list, events, messages, erase
std::vector<Route> MessageRoutes(const ApiServices& services);       // messages whose turn failed: list, requeue
std::vector<Route> ReviewRoutes(const ApiServices& services);        // flags, labels, review, names, statistics
std::vector<Route> EvaluationRoutes(const ApiServices& services);    // what a model would have done in a conversation
std::vector<Route> OidcRoutes(const ApiServices& services);          // sign-in at the company's provider
std::vector<Route> AccountRoutes(const ApiServices& services);       // login, sessions, users, roles, tokens, audit
std::vector<Route> RasaModelRoutes(const ApiServices& services);     // load, unload and train as on a Rasa server
std::vector<Route> RasaTestRoutes(const ApiServices& services);      // test a model as on a Rasa server
std::vector<Route> ConfigRoutes(const ApiServices& services);        // what Rasa servers fetch at their start
std::vector<Route> LegacyRoutes(const ApiServices& services);        // licence, telemetry, features, settings
std::vector<Route> EventRoutes(const ApiServices& services);         // events of servers of remote environments

// The routes of conversations whose environment is remote: the message goes to its server, events come from there.
std::vector<Route> ForwardConversations(std::vector<Route> routes, const ApiServices& services);

// The chat of the caller in an environment, on top of the route that sends messages.
std::vector<Route> ChatRoutes(HttpHandler send_message);

// All of the above, in this order.
std::vector<Route> ApiRoutes(const ApiServices& services);

// The API description (OpenAPI 3.1) of a route table.
Json DescribeApi(const std::vector<Route>& routes);

}  // namespace greenroom
