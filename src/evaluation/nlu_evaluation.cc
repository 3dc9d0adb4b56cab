#include "evaluation/nlu_evaluation.h"

#include <algorithm>

#include "base/text.h"

namespace greenroom {
namespace {

// An answer without a label, as Rasa prints it.
constexpr char kNone[] = "None";

struct Answered {
  const NluExample* example;
  Parse parse;
};

std::string LabelOf(const std::string& name) { return name.empty() ? kNone : name; }

void Finish(Comparison& comparison, const std::string& excluded) {
  comparison.report = MakeReport(comparison.truth, comparison.predicted, excluded);
}

void Note(NluEvaluation& evaluation, const NluExample& example, const char* what, const std::string& predicted,
          const std::string& expected) {
  evaluation.misunderstandings.push_back(
      {example.span, what, "`" + example.text + "` is taken for `" + predicted + "`, it is `" + expected + "`"});
}

void CompareIntents(const std::vector<Answered>& answers, NluEvaluation& evaluation) {
  Comparison found;
  for (const Answered& answer : answers) {
    const std::string& expected = answer.example->intent;
    if (expected.empty()) continue;
    const IntentScore& intent = answer.parse.intent;
    const double confidence = intent.confidence.value_or(0);
    found.texts.push_back(answer.example->text);
    found.truth.push_back(expected);
    found.predicted.push_back(LabelOf(intent.name));
    found.confidences.push_back(confidence);
    Json entry = Json::Object(
        {{"text", answer.example->text},
         {"intent", expected},
         {"intent_prediction",
          Json::Object({{"name", intent.name.empty() ? Json() : Json(intent.name)}, {"confidence", confidence}})}});
    if (intent.name == expected) {
      found.successes.Append(std::move(entry));
    } else {
      found.errors.Append(std::move(entry));
      Note(evaluation, *answer.example, "intent", LabelOf(intent.name), expected);
    }
  }
  if (found.truth.empty()) return;
  Finish(found, "");
  evaluation.intents = std::move(found);
}

// The best response of the selector in charge: that of the base intent, or the one for all.
const Json& SelectedResponse(const Json& selectors, const std::string& intent) {
  const Json* own = selectors.Find(intent);
  return (own != nullptr ? *own : selectors["default"])["response"];
}

void CompareResponses(const std::vector<Answered>& answers, NluEvaluation& evaluation) {
  Comparison found;
  for (const Answered& answer : answers) {
    const std::string& expected = answer.example->response_key;
    if (expected.empty()) continue;
    const Json& response = SelectedResponse(answer.parse.response_selector, answer.example->intent);
    const std::string predicted = response["intent_response_key"].AsString();
    const double confidence = response["confidence"].AsDouble();
    found.texts.push_back(answer.example->text);
    found.truth.push_back(expected);
    found.predicted.push_back(LabelOf(predicted));
    found.confidences.push_back(confidence);
    Json entry = Json::Object(
        {{"text", answer.example->text},
         {"intent_response_key_target", expected},
         {"intent_response_key_prediction",
          Json::Object({{"name", predicted.empty() ? Json() : Json(predicted)}, {"confidence", confidence}})}});
    if (predicted == expected) {
      found.successes.Append(std::move(entry));
    } else {
      found.errors.Append(std::move(entry));
      Note(evaluation, *answer.example, "response", LabelOf(predicted), expected);
    }
  }
  if (found.truth.empty()) return;
  Finish(found, "");
  evaluation.responses = std::move(found);
}

// Words between blanks: for pipelines that do not show their tokens.
std::vector<std::pair<int, int>> WordsOf(const std::string& text) {
  const std::u32string points = DecodeUtf8(text);
  std::vector<std::pair<int, int>> words;
  size_t begin = 0;
  for (size_t i = 0; i <= points.size(); ++i) {
    if (i < points.size() && !IsSpace(points[i])) continue;
    if (i > begin) words.emplace_back(static_cast<int>(begin), static_cast<int>(i));
    begin = i + 1;
  }
  return words;
}

std::string NameOf(const Entity& entity) {
  std::string name = entity.entity;
  if (!entity.group.empty()) name += "." + entity.group;
  if (!entity.role.empty()) name += "." + entity.role;
  return name;
}

// The entity that shares most with the token; `extractor` "" = of whichever.
const Entity* EntityAt(const std::pair<int, int>& token, const std::vector<Entity>& entities,
                       const std::string& extractor) {
  const Entity* best = nullptr;
  int most = 0;
  for (const Entity& entity : entities) {
    if (!extractor.empty() && entity.extractor != extractor) continue;
    const int shared = std::min(token.second, entity.end) - std::max(token.first, entity.start);
    if (shared <= most) continue;
    best = &entity;
    most = shared;
  }
  return best;
}

struct TokenLabels {
  std::vector<std::string> labels = {};
  std::vector<double> confidences = {};
};

TokenLabels LabelsOf(const std::vector<std::pair<int, int>>& tokens, const std::vector<Entity>& entities,
                     const std::string& extractor) {
  TokenLabels found;
  for (const auto& token : tokens) {
    const Entity* entity = EntityAt(token, entities, extractor);
    found.labels.push_back(entity != nullptr ? NameOf(*entity) : kNoEntity);
    found.confidences.push_back(entity != nullptr ? entity->confidence.value_or(0) : 0);
  }
  return found;
}

Json EntitiesJson(const std::vector<Entity>& entities) {
  Json list = Json::List();
  for (const Entity& entity : entities) list.Append(EntityToJson(entity));
  return list;
}

void CompareEntitiesOf(const std::string& extractor, const std::vector<Answered>& answers, NluEvaluation& evaluation) {
  Comparison& found = evaluation.entities[extractor];
  for (const Answered& answer : answers) {
    const auto tokens = answer.parse.tokens.empty() ? WordsOf(answer.example->text) : answer.parse.tokens;
    const TokenLabels truth = LabelsOf(tokens, answer.example->entities, "");
    const TokenLabels predicted = LabelsOf(tokens, answer.parse.entities, extractor);
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(found.truth, truth.labels);
    append(found.predicted, predicted.labels);
    append(found.confidences, predicted.confidences);
    const bool right = truth.labels == predicted.labels;
    if (right && answer.example->entities.empty()) continue;
    (right ? found.successes : found.errors)
        .Append(Json::Object({{"text", answer.example->text},
                              {"entities", EntitiesJson(answer.example->entities)},
                              {"predicted_entities", EntitiesJson(answer.parse.entities)}}));
    if (right) continue;
    evaluation.misunderstandings.push_back(
        {answer.example->span, extractor,
         "other entities are found in `" + answer.example->text + "` than are marked"});
  }
  Finish(found, kNoEntity);
}

void CompareEntities(const std::vector<Answered>& answers, NluEvaluation& evaluation) {
  const bool any = std::any_of(answers.begin(), answers.end(),
                               [](const Answered& answer) { return !answer.example->entities.empty(); });
  if (!any) return;
  for (const Answered& answer : answers) {
    for (const Entity& entity : answer.parse.entities) evaluation.entities.try_emplace(entity.extractor);
  }
  for (auto& [extractor, comparison] : evaluation.entities) CompareEntitiesOf(extractor, answers, evaluation);
}

Json SummaryOf(const Comparison& comparison) {
  const ClassificationReport& report = comparison.report;
  return Json::Object({{"report", report.ToJson(true)},
                       {"precision", report.weighted.precision},
                       {"f1_score", report.weighted.f1},
                       {"accuracy", report.accuracy},
                       {"errors", comparison.errors}});
}

// The same with the cases one by one; `truth` and `prediction` are the names of their members.
Json WithPredictions(const Comparison& comparison, const std::string& truth, const std::string& prediction) {
  Json predictions = Json::List();
  for (size_t i = 0; i < comparison.texts.size(); ++i) {
    const std::string& predicted = comparison.predicted[i];
    predictions.Append(Json::Object({{"text", comparison.texts[i]},
                                     {truth, comparison.truth[i]},
                                     {prediction, predicted == kNone ? Json() : Json(predicted)},
                                     {"confidence", comparison.confidences[i]}}));
  }
  Json json = Json::Object({{"predictions", std::move(predictions)}});
  const Json summary = SummaryOf(comparison);
  for (const auto& [name, value] : summary.members()) json.Set(name, value);
  return json;
}

}  // namespace

NluEvaluation EvaluateNlu(const std::vector<NluExample>& examples, const ParseFunction& parse) {
  std::vector<Answered> answers;
  answers.reserve(examples.size());
  for (const NluExample& example : examples) answers.push_back({&example, parse(example.text)});
  NluEvaluation evaluation;
  CompareIntents(answers, evaluation);
  CompareEntities(answers, evaluation);
  CompareResponses(answers, evaluation);
  return evaluation;
}

Json NluEvaluationToJson(const NluEvaluation& evaluation) {
  Json json = Json::Object(
      {{"intent_evaluation", nullptr}, {"entity_evaluation", nullptr}, {"response_selection_evaluation", nullptr}});
  if (evaluation.intents) json.Set("intent_evaluation", WithPredictions(*evaluation.intents, "intent", "predicted"));
  if (!evaluation.entities.empty()) {
    Json entities = Json::Object();
    for (const auto& [extractor, comparison] : evaluation.entities) entities.Set(extractor, SummaryOf(comparison));
    json.Set("entity_evaluation", std::move(entities));
  }
  if (evaluation.responses) {
    json.Set("response_selection_evaluation",
             WithPredictions(*evaluation.responses, "intent_response_key_target", "intent_response_key_prediction"));
  }
  return json;
}

}  // namespace greenroom
