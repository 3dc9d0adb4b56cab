// StoryText: a conversation as a story that could be trained on, in Rasa's file format.
//
//   StoryText({&tracker}, "u1")
//   version: "3.1"
//   stories:
//   - story: u1
//     steps:
//     - intent: greet
//       user: |-
//         hello
//     - action: utter_greet
//
// What policies see is written: messages with their intent and their marked entities, actions without the listens,
// slots, loops. Several sessions become stories named "u1, story 1", "u1, story 2".
// Thread rules: pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conversation/tracker.h"

namespace greenroom {

// `sessions` in their order.
std::string StoryText(const std::vector<const Tracker*>& sessions, const std::string& name);

// One story of the list, of events that a test replayed: "- story: ...". A message without a text is written by its
// intent and entities. `comments` by place among the events stand at the end of the step's first line; a listen is
// written only with one.
std::string CommentedStory(const std::vector<Event>& events, const std::string& name,
                           const std::map<size_t, std::string>& comments);

// Words of a text as one entity: [Rome](city), [Rome]{"entity": "city", "role": "from"}.
std::string MarkedEntity(const std::string& words, const Entity& entity);

// A text with its entities marked: [Rome]{"entity": "city", "role": "from"}, [big](size). Entities without a place in
// the text, and those that overlap an earlier one, are left out.
std::string MarkEntities(const std::string& text, std::vector<Entity> entities);

}  // namespace greenroom
