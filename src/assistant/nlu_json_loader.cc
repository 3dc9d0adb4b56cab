#include "assistant/nlu_loader.h"

#include "base/text.h"

namespace greenroom {
namespace {

class JsonReader {
 public:
  JsonReader(const std::string& file, NluData& data, Report& report)
      : place_{.file = file}, data_(data), report_(report) {}

  void ReadExample(const Json& json) {
    if (!json["text"].is_string()) {
      report_.Error({"N012", "an example without `text`", place_, "", "each example needs `text` and `intent`"});
      return;
    }
    NluExample example{.text = json["text"].AsString(), .span = place_};
    AssignIntent(json["intent"].AsString(), example);
    for (const Json& item : json["entities"].array()) ReadEntity(item, example);
    AddSynonymsOf(example, data_);
    data_.examples.push_back(std::move(example));
  }

  void ReadSynonym(const Json& json) {
    for (const std::string& text : JsonNames(json.Find("synonyms")))
      data_.synonyms.push_back({text, json["value"].AsString(), place_});
  }

  void ReadRegex(const Json& json) {
    data_.regexes.push_back({json["name"].AsString(), json["pattern"].AsString(), place_});
  }

  void ReadLookup(const Json& json) {
    const Json* elements = json.Find("elements");
    if (elements && elements->is_string()) {
      report_.Warn({"N013", "the lookup table `" + json["name"].AsString() + "` names a file; it is not read", place_,
                    "", "write its elements into the data"});
      return;
    }
    data_.lookups.push_back({json["name"].AsString(), JsonNames(elements), place_});
  }

 private:
  void ReadEntity(const Json& json, NluExample& example) {
    int64_t start = json["start"].AsInt(-1), end = json["end"].AsInt(-1);
    int64_t length = static_cast<int64_t>(CodePointCount(example.text));
    if (start < 0 || end <= start || start >= length || !json["entity"].is_string()) {
      report_.Error({"N012",
                     "an entity of `" + example.text.substr(0, 60) + "` has no `entity` or lies outside of the text",
                     place_, "", "`start` and `end` count characters of the text"});
      return;
    }
    if (end > length) {
      report_.Warn({"N014", "an entity of `" + example.text.substr(0, 60) + "` ends behind the text; it is cut", place_,
                    "", "`start` and `end` count characters of the text"});
      end = length;
    }
    size_t begin = ByteOffset(example.text, static_cast<size_t>(start));
    std::string text = example.text.substr(begin, ByteOffset(example.text, static_cast<size_t>(end)) - begin);
    example.entities.push_back({.entity = json["entity"].AsString(),
                                .value = json["value"].is_null() ? Json(text) : json["value"],
                                .start = static_cast<int>(start),
                                .end = static_cast<int>(end),
                                .role = json["role"].AsString(),
                                .group = json["group"].AsString()});
  }

  SourceSpan place_;
  NluData& data_;
  Report& report_;
};

bool HasAll(const Json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!json.Find(key)) return false;
  }
  return true;
}

}  // namespace

JsonDataKind ProbeJsonData(const Json& json) {
  if (json.Find("rasa_nlu_data")) return JsonDataKind::kRasa;
  bool luis = HasAll(json, {"luis_schema_version"});
  bool wit = HasAll(json, {"utterances"}) && json["utterances"].is_array();
  bool package = json.is_object() && json.size() == 1 && json.Find("version");
  bool dialogflow = package || HasAll(json, {"supportedLanguages"}) || HasAll(json, {"isEnum"}) ||
                    HasAll(json, {"responses", "priority"});
  bool entries =
      json.is_array() && json.size() > 0 &&
      (json.array()[0].Find("isTemplate") || json.array()[0].Find("synonyms") || json.array()[0].Find("data"));
  return luis || wit || dialogflow || entries ? JsonDataKind::kForeign : JsonDataKind::kUnknown;
}

void LoadNluJson(const Json& json, const std::string& file, NluData& data, Report& report) {
  report.Warn({"N011", "NLU data in JSON is deprecated", {.file = file}, "", "convert it to YAML"});
  const Json& root = json["rasa_nlu_data"];
  JsonReader reader(file, data, report);
  for (const char* key : {"intent_examples", "entity_examples"}) {
    if (!root.Find(key)) continue;
    report.Warn({"N015",
                 "`" + std::string(key) + "` is not read",
                 {.file = file},
                 "",
                 "move its entries to `common_examples`"});
  }
  for (const Json& item : root["common_examples"].array()) reader.ReadExample(item);
  for (const Json& item : root["entity_synonyms"].array()) reader.ReadSynonym(item);
  for (const Json& item : root["regex_features"].array()) reader.ReadRegex(item);
  for (const Json& item : root["lookup_tables"].array()) reader.ReadLookup(item);
}

}  // namespace greenroom
