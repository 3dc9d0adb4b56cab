// Conversations in the forms that clients of Rasa X know.
//
//   Json item = ShowCard(card, in_training_data);            // of the list
//   Json one = ShowConversation(tracker_json, flags);        // one conversation with its events
//
// What Rasa X has is there under its names; ours (environment, n_events, model, tags, review_status ...) come in
// addition. Thread rules: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "api/services.h"
#include "conversation/conversation_index.h"

namespace greenroom {

// nullopt: nothing is known about the training data.
Json ShowCard(const ConversationCard& card, std::optional<bool> in_training_data);
// The JSON of a tracker with Rasa X's names added; its events say whether they are flagged.
Json ShowConversation(Json tracker, const std::vector<double>& flags);
// Marks each event with `is_flagged`.
Json WithFlags(const Json& events, const std::vector<double>& flags);
// Only what was said: the events of user, bot and agent.
Json MessagesOf(const Json& events);
// A conversation for people to read: Markdown, one line for each step.
std::string ShowAsText(const Json& conversation);

// The conversation that a path names. Errors: environment_not_found, bad_request (its id is too long).
Result<ConversationKey> KeyOf(const ApiServices& services, const HttpRequest& request);
Reviewer ReviewerOf(const HttpRequest& request);

// Schemas of the API description.
Json CardSchema();
Json ConversationSchema();

}  // namespace greenroom
