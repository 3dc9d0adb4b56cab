// Facts: what our loaders read from one file, in the words in which the recording states what Rasa's loaders read.
//
//   Json ours = FactsOf("nlu", loaded.source);
//   std::string difference = CompareFacts("nlu", recorded, ours);            // "" = the same was read
//
// Kinds: domain, stories, nlu, config, endpoints. Only members that both sides can know are compared.
// Thread rules: pure functions.
#pragma once

#include <string>

#include "assistant/source.h"
#include "base/json.h"

namespace greenroom::conformance {

Json FactsOf(const std::string& kind, const Source& source);

// Both sides of every fact that differs. Of folders the order of actions is not compared: it is that of the recorder's
// file system.
std::string CompareFacts(const std::string& kind, const Json& recorded, const Json& ours, bool is_folder = false);

// Stories and rules as Rasa cuts them: a new step at each checkpoint and each alternative of an `or`. Names of
// checkpoints that are made for alternatives are "GENR_OR".
Json StorySteps(const TrainingData& data);

}  // namespace greenroom::conformance
