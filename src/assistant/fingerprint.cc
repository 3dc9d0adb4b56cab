#include "assistant/source.h"
#include "base/digest.h"

namespace greenroom {
namespace {

Json ComponentsToJson(const std::vector<ComponentConfig>& components) {
  Json list = Json::List();
  for (const ComponentConfig& component : components) {
    list.Append(Json::Object({{"name", component.name}, {"parameters", component.parameters}}));
  }
  return list;
}

Json ConfigToJson(const AssistantConfig& config) {
  return Json::Object({{"recipe", config.recipe},
                       {"language", config.language},
                       {"pipeline", ComponentsToJson(config.pipeline)},
                       {"policies", ComponentsToJson(config.policies)}});
}

// Parts are separated by a byte that UTF-8 never holds, so that no two different lists give the same bytes.
class Hash {
 public:
  Hash& Add(std::string_view text) {
    hash_.Update(text);
    hash_.Update("\xff");
    return *this;
  }
  Hash& Add(const Entity& entity) {
    Add(entity.entity).Add(entity.value.Dump()).Add(entity.role).Add(entity.group);
    return Add(std::to_string(entity.start) + ":" + std::to_string(entity.end));
  }
  std::string Hex() { return hash_.HexDigest(); }

 private:
  Sha256 hash_;
};

void AddNlu(const NluData& data, Hash& hash) {
  for (const NluExample& example : data.examples) {
    hash.Add("example").Add(example.text).Add(example.intent).Add(example.response_key);
    for (const Entity& entity : example.entities) hash.Add(entity);
  }
  for (const Synonym& synonym : data.synonyms) hash.Add("synonym").Add(synonym.text).Add(synonym.value);
  for (const RegexFeature& regex : data.regexes) hash.Add("regex").Add(regex.name).Add(regex.pattern);
  for (const LookupTable& table : data.lookups) {
    hash.Add("lookup").Add(table.name);
    for (const std::string& element : table.elements) hash.Add(element);
  }
}

void AddStep(const StoryStep& step, Hash& hash) {
  hash.Add("step")
      .Add(std::to_string(static_cast<int>(step.kind)))
      .Add(step.name)
      .Add(step.text ? "text" : "none")
      .Add(step.text.value_or(""));
  hash.Add(step.value.Dump()).Add(step.bare ? "bare" : "").Add(step.loop_off ? "off" : "");
  for (const Entity& entity : step.entities) hash.Add(entity);
  for (const StoryStep& slot : step.checkpoint_slots) AddStep(slot, hash);
  for (const std::vector<StoryStep>& alternative : step.alternatives) {
    hash.Add("or");
    for (const StoryStep& inner : alternative) AddStep(inner, hash);
  }
  hash.Add("end");
}

void AddStory(const Story& story, Hash& hash) {
  hash.Add(story.is_rule ? "rule" : "story")
      .Add(story.name)
      .Add(story.conversation_start ? "start" : "")
      .Add(story.wait_for_user_input ? "wait" : "");
  for (const StoryStep& step : story.condition) AddStep(step, hash);
  hash.Add("steps");
  for (const StoryStep& step : story.steps) AddStep(step, hash);
}

// Texts of responses are separate: changing one does not retrain the dialogue policies.
std::string DialogueFingerprint(const Source& source) {
  Hash hash;
  Json domain = source.domain.ToJson();
  Json names = Json::List();
  for (const auto& [name, variations] : source.domain.responses) names.Append(name);
  domain.Set("responses", std::move(names));
  hash.Add(domain.Dump());
  for (const Story& story : source.data.stories) AddStory(story, hash);
  for (const Story& rule : source.data.rules) AddStory(rule, hash);
  return hash.Hex();
}

}  // namespace

std::map<std::string, std::string> PartFingerprints(const Source& source) {
  Hash nlu;
  AddNlu(source.data.nlu, nlu);
  return {{"nlu", nlu.Hex()},
          {"dialogue", DialogueFingerprint(source)},
          {"responses", Sha256Hex(source.domain.ToJson()["responses"].Dump())},
          {"config", Sha256Hex(ConfigToJson(source.config).Dump())}};
}

std::string Fingerprint(const Source& source) {
  Hash hash;
  for (const auto& [part, digest] : PartFingerprints(source)) hash.Add(part).Add(digest);
  hash.Add(source.config.assistant_id);
  return hash.Hex();
}

}  // namespace greenroom
