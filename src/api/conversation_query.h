// What the list of conversations can be asked: the one place where parameters of the query become a filter.
//
//   GR_ASSIGN(ConversationFilter filter, ReadConversationFilter(request));
//   route.query = ConversationParameters();      // the same names, for the API description and the check of requests
//
// The names are those of Rasa X, with its mixed spelling; where it has none (slots, channel, labels, review, longest
// length) they are ours. Lists are separated by commas: a conversation needs one of the names. Times are unix seconds.
// Errors: bad_query. Thread rules: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "api/services.h"
#include "conversation/conversation_index.h"

namespace greenroom {

std::vector<QueryParameter> ConversationParameters();
// `stories` and `in_stories` are left alone but for the latter's being asked for: who knows the stories adds them.
Result<ConversationFilter> ReadConversationFilter(const HttpRequest& request);

// A time in unix seconds, with a fraction; nullopt when the parameter is absent. Error: bad_query.
Result<std::optional<double>> QueryTime(const HttpRequest& request, std::string_view name);
// true | false (in any case, or 1 and 0), or the fallback. Error: bad_query.
Result<bool> QueryFlag(const HttpRequest& request, std::string_view name, bool fallback);
// The environment that a request asks; `production` when it names none.
std::string AskedEnvironment(const HttpRequest& request);
// Of the routes of one conversation: `environment` and others.
std::vector<QueryParameter> EnvironmentWith(std::vector<QueryParameter> others);

}  // namespace greenroom
