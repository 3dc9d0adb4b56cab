// MessageComparison: one message of an end-to-end story against what NLU made of it.
//
//   MessageComparison found = CompareMessage(said, model.ParseMessage(text));
//   found.truth = {"inform"};  found.expected_entities = {"[Rome](city)"};  found.found_entities = {"None"};
//
// The story may name a retrieval intent in full or by its base. Entities are paired by place and name and labelled as
// they are written; one without a partner faces `None`. Numbers are compared as text; confidences and extractors do not
// count. Entities that the story lists without a place in the text are paired by what they say.
// Thread rules: pure.
#pragma once

#include <string>
#include <vector>

#include "conversation/event.h"

namespace greenroom {

struct MessageComparison {
  std::vector<std::string> truth = {}, predicted = {};  // the intent, if the story has one
  std::vector<std::string> expected_entities = {}, found_entities = {};
  bool right = true;
  std::string intent = {};  // as predicted
  std::string marked = {};  // the text with the entities that were found
};

MessageComparison CompareMessage(const UserUttered& expected, const Parse& parse);

}  // namespace greenroom
