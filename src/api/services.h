// What the management API stands on. All parts outlive the routes; they are wired in app/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "accounts/accounts.h"
#include "accounts/oidc.h"
#include "base/executor.h"
#include "conversation/conversation_index.h"
#include "conversation/turn_store.h"
#include "http/client.h"
#include "http/router.h"
#include "registry/registry.h"
#include "serving/environments.h"
#include "serving/reconciler.h"
#include "serving/remote_servers.h"
#include "serving/turn_service.h"
#include "training/job_queue.h"

namespace greenroom {

struct ApiServices {
  Registry& registry;
  Accounts& accounts;
  TurnStore& turns;
  ConversationIndex& conversations;
  TurnService& turn_service;
  Environments& environments;
  Reconciler& reconciler;
  JobQueue& jobs;
  Executor& executor;                  // for handlers that read or write the store
  std::string data_directory;          // packages lie below it
  std::string project_directory = {};  // trained by a job that brings no source; "" = none
  size_t upload_limit = 1u << 30;      // bytes of one model package
  RemoteServers* remotes = nullptr;    // servers of remote environments; nullptr = none are called
  HttpClient* client = nullptr;        // calls to the sign-in provider
  OidcSettings oidc = {};              // the sign-in provider; off by default
};

// Who a request comes from; set by the gate, read by handlers. Anonymous when nobody set it.
const Principal& PrincipalOf(const HttpRequest& request);
void SetCaller(HttpRequest& request, Principal principal);
// The name for deployments and logs.
const std::string& ActorOf(const HttpRequest& request);
// The same with the address, for changes of the registry.
ChangedBy ByOf(const HttpRequest& request);
// What a handler checks itself, because only the body says what the request touches:
//   GR_TRY(Require(request, WriteGrant(body["tag"].AsString())));
// Error: not_allowed (403).
Result<void> Require(const HttpRequest& request, std::string_view grant);

// A handler that may block: runs on the executor; its error becomes the error body.
using BlockingHandler = std::function<Result<HttpResponse>(const HttpRequest&)>;
HttpHandler OnExecutor(const ApiServices& services, BlockingHandler handler);
// The same for a plain function that takes the services too: the usual handler of a route.
HttpHandler Bind(const ApiServices& services, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&));

// The JSON object of a request body with only the given members. Errors: bad_request, unknown_field (names the
// allowed).
Result<Json> ReadObject(const HttpRequest& request, const std::vector<std::string>& allowed);
// The error body of the API for an error. Internal details go to the log, not to the client.
HttpResponse ApiFailure(const Error& error, const HttpRequest& request);
// The assistant that a path names under {project}. Error: project_not_found.
Result<std::string> AssistantOf(const HttpRequest& request);
// A whole number from the query within [low, high], or the fallback. Error: bad_query.
struct NumberRange {
  int64_t fallback = 0, low = 0, high = 0;
};
Result<int64_t> QueryNumber(const HttpRequest& request, std::string_view name, NumberRange range);

// What `limit` and `offset` of a request ask for. Error: bad_query.
struct PageBounds {
  int64_t limit = 0, offset = 0;
};
Result<PageBounds> ReadPageBounds(const HttpRequest& request, NumberRange limit);
// A page of a list whose rest is elsewhere: `X-Total-Count` says how many there are in all.
HttpResponse PageOf(const Json& list, int64_t total);
// The page of a whole list that a request asks for. Error: bad_query.
Result<HttpResponse> Page(const HttpRequest& request, const std::vector<Json>& all);

// Shorthand for route tables.
std::vector<QueryParameter> PagingWith(std::vector<QueryParameter> others);  // limit, offset and others
Json SchemaOf(std::initializer_list<Json::Member> properties);
Json TypeOf(const char* type);

}  // namespace greenroom
