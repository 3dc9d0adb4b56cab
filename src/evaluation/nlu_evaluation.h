// NluEvaluation: what a model made of messages whose meaning is known: intents, entities by extractor, responses.
//
//   NluEvaluation found = EvaluateNlu(examples, [&](const std::string& text) { return model.ParseMessage(text); });
//   found.intents->report.ToJson(true);
//   found.entities["DIETClassifier"].errors;
//
// A part is absent when there was nothing to compare: no example with an intent, no extractor that found anything, no
// retrieval intent. Entities are compared token by token, as Rasa does: a token inside an entity has its name (with
// group and role, joined by dots), every other token `no_entity`, which has no row in the report.
// Thread rules: pure; `parse` is called once per example, in order.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assistant/training_data.h"
#include "base/json.h"
#include "evaluation/classification_report.h"

namespace greenroom {

inline constexpr char kNoEntity[] = "no_entity";

// One kind of answer compared with the truth, case by case.
struct Comparison {
  std::vector<std::string> texts = {};  // of intents and responses
  std::vector<std::string> truth = {}, predicted = {};
  std::vector<double> confidences = {};  // of the prediction; by case
  ClassificationReport report = {};
  Json errors = Json::List();     // as in <kind>_errors.json
  Json successes = Json::List();  // as in <kind>_successes.json
};

// One message that was misunderstood, for reports that name places.
struct Misunderstanding {
  SourceSpan span = {};  // of the example
  std::string what;      // "intent" or the name of an extractor
  std::string message;
};

struct NluEvaluation {
  std::optional<Comparison> intents = {};
  std::map<std::string, Comparison> entities = {};  // by extractor
  std::optional<Comparison> responses = {};
  std::vector<Misunderstanding> misunderstandings = {};
};

using ParseFunction = std::function<Parse(const std::string& text)>;

NluEvaluation EvaluateNlu(const std::vector<NluExample>& examples, const ParseFunction& parse);

// The answer of POST /model/test/intents.
Json NluEvaluationToJson(const NluEvaluation& evaluation);

}  // namespace greenroom
