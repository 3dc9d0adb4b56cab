#include "channels/emulation.h"

#include "base/random.h"
#include "base/text.h"
#include "channels/rasa_requests.h"

namespace greenroom {
namespace {

// The words that an entity stands on.
std::string WordsOf(const std::u32string& text, const Json& entity) {
  const size_t start = static_cast<size_t>(entity["start"].AsInt()), end = static_cast<size_t>(entity["end"].AsInt());
  return start < end && end <= text.size() ? EncodeUtf8(text.substr(start, end - start)) : "";
}

// What an entity counts as: its role when it has one.
const std::string& KindOf(const Json& entity) {
  const std::string& role = entity["role"].AsString();
  return role.empty() ? entity["entity"].AsString() : role;
}

Json WitEntity(const Json& entity, const std::u32string& text) {
  const Json* confidence = entity.Find("confidence_entity");
  return Json::Object({{"confidence", confidence ? *confidence : Json(1)},
                       {"name", entity["entity"]},
                       {"value", entity["value"]},
                       {"body", WordsOf(text, entity)},
                       {"start", entity["start"]},
                       {"end", entity["end"]},
                       {"role", KindOf(entity)},
                       {"entities", Json::List({})}});
}

Json Wit(const Json& parse) {
  const std::u32string text = DecodeUtf8(parse["text"].AsString());
  Json entities = Json::Object();
  for (const Json& entity : parse["entities"].array()) {
    const std::string key = entity["entity"].AsString() + ":" + KindOf(entity);
    Json list = entities[key];
    list.Append(WitEntity(entity, text));
    entities.Set(key, std::move(list));
  }
  const Json intent = Json::Object({{"name", parse["intent"]["name"]}, {"confidence", parse["intent"]["confidence"]}});
  return Json::Object({{"text", parse["text"]}, {"intents", Json::List({intent})}, {"entities", std::move(entities)}});
}

Json LuisInstance(const Json& entity) {
  const Json* score = entity.Find("confidence_entity");
  return Json::Object({{"role", entity["role"]},
                       {"type", entity["entity"]},
                       {"text", entity["value"]},
                       {"startIndex", entity["start"]},
                       {"length", entity["end"].AsInt() - entity["start"].AsInt()},
                       {"score", score ? *score : Json()},
                       {"modelType", entity["extractor"]}});
}

// Of several entities of one kind the last is kept.
Json LuisEntities(const Json& parse) {
  Json instances = Json::Object(), values = Json::Object();
  for (const Json& entity : parse["entities"].array()) {
    instances.Set(KindOf(entity), Json::List({LuisInstance(entity)}));
    values.Set(KindOf(entity), Json::List({entity["value"]}));
  }
  Json entities = Json::Object({{"$instance", std::move(instances)}});
  for (const auto& [kind, value] : values.members()) entities.Set(kind, value);
  return entities;
}

Json Luis(const Json& parse) {
  Json intents = Json::Object();
  for (const Json& intent : parse["intent_ranking"].array())
    intents.Set(intent["name"].AsString(), Json::Object({{"score", intent["confidence"]}}));
  return Json::Object({{"query", parse["text"]},
                       {"prediction", Json::Object({{"normalizedQuery", parse["text"]},
                                                    {"topIntent", parse["intent"]["name"]},
                                                    {"intents", std::move(intents)},
                                                    {"entities", LuisEntities(parse)}})}});
}

Json Dialogflow(const Json& parse) {
  Json parameters = Json::Object();
  for (const Json& entity : parse["entities"].array()) {
    Json values = parameters[entity["entity"].AsString()];
    values.Append(entity["value"]);
    parameters.Set(entity["entity"].AsString(), std::move(values));
  }
  const Json& name = parse["intent"]["name"];
  return Json::Object({{"responseId", NewId()},
                       {"queryResult", Json::Object({{"queryText", parse["text"]},
                                                     {"action", name},
                                                     {"parameters", std::move(parameters)},
                                                     {"fulfillmentText", ""},
                                                     {"fulfillmentMessages", Json::List({})},
                                                     {"outputContexts", Json::List({})},
                                                     {"intent", Json::Object({{"name", name}, {"displayName", name}})},
                                                     {"intentDetectionConfidence", parse["intent"]["confidence"]}})}});
}

}  // namespace

Result<Json> EmulatedParse(const Json& parse, const std::string& service) {
  const std::string name = LowerCase(service);
  if (name == "wit") return Wit(parse);
  if (name == "luis") return Luis(parse);
  if (name == "dialogflow") return Dialogflow(parse);
  return BadQuery("Invalid parameter value for 'emulation_mode'. Should be one of 'WIT', 'LUIS', 'DIALOGFLOW'.",
                  "emulation_mode");
}

}  // namespace greenroom
