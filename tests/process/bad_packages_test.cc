// Packages with right digests and hostile parts: what an attacker makes who has the writer. Whatever a part holds, the
// package is refused, or the model made of it answers; nothing is read beyond its bytes (the sanitizers watch).
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

#include "base/text.h"
#include "dialogue/turn.h"
#include "nlu/register.h"
#include "pipeline/learned_blob.h"
#include "tests/process/home_fixture.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

constexpr char kConfig[] =
    "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n- name: RegexFeaturizer\n"
    "- name: CountVectorsFeaturizer\n- name: RegexEntityExtractor\n- name: DIETClassifier\n"
    "- name: CRFEntityExtractor\n- name: EntitySynonymMapper\n- name: ResponseSelector\n- name: "
    "KeywordIntentClassifier\n"
    "- name: FallbackClassifier\npolicies:\n- name: MemoizationPolicy\n- name: RulePolicy\n- name: TEDPolicy\n"
    "- name: UnexpecTEDIntentPolicy\n";

constexpr char kStories[] =
    "stories:\n- story: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n  - intent: ask\n"
    "    entities:\n    - city: Rome\n  - action: utter_ask\n- story: b\n  steps:\n  - intent: ask\n  - action: "
    "utter_ask\n"
    "  - intent: greet\n  - action: utter_greet\n  - intent: greet\n  - action: utter_ask\n";

// A project that leaves parts of every kind. `more` are further intents, so that tables differ in size.
std::map<std::string, std::string> Project(int more) {
  std::string intents = "version: \"3.1\"\nintents: [greet, ask, faq", examples;
  for (int i = 0; i < more; ++i) {
    intents += ", more" + std::to_string(i);
    examples += "- intent: more" + std::to_string(i) + "\n  examples: |\n    - word" + std::to_string(i) +
                " here\n    - another word" + std::to_string(i) + "\n";
  }
  return {
      {"config.yml", kConfig},
      {"domain.yml", intents + "]\nentities: [city]\nslots:\n  city:\n    type: text\n    mappings:\n    - type: "
                               "from_entity\n      entity: city\nresponses:\n  utter_greet:\n  - text: Hello there\n"
                               "  utter_ask:\n  - text: Not {city}\n  utter_faq/hours:\n  - text: Always\n"
                               "  utter_faq/price:\n  - text: Much\n"},
      {"data/nlu.yml",
       "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - good day\n- intent: ask\n"
       "  examples: |\n    - how is [Rome](city)\n    - what of [Paris](city)\n"
       "- intent: faq/hours\n  examples: |\n    - when is it open\n    - opening hours\n"
       "- intent: faq/price\n  examples: |\n    - what does it cost\n    - price list\n"
       "- lookup: city\n  examples: |\n    - Rome\n    - Oslo\n- synonym: Rome\n  examples: |\n"
       "    - roma\n" +
           examples},
      {"data/stories.yml", kStories},
      {"data/rules.yml", "rules:\n- rule: faq\n  steps:\n  - intent: faq\n  - action: utter_faq\n"}};
}

class BadPackage : public HomeTest {
 protected:
  void SetUp() override {
    HomeTest::SetUp();
    RegisterNluComponents(components_);
    sound_ = Trained("one", 0);
    ASSERT_EQ(Outcome(sound_), "answers");
  }

  PackageDraft Trained(const std::string& name, int more) {
    WriteProject(name, Project(more));
    LoadedSource loaded = LoadSource({.root = Path(name)}, [](const std::string&) { return std::nullopt; });
    auto trained =
        TrainModel(loaded.source, components_, {.output = Path(name + ".grm"), .name = name}, loaded.diagnostics);
    EXPECT_TRUE(trained.ok()) << RenderText(loaded.diagnostics, loaded.texts, {});
    const auto package = Package::Open(Path(name + ".grm")).value();
    PackageDraft draft{.manifest = package->manifest(), .trailer = package->trailer()};
    draft.manifest.Erase("parts");
    for (const std::string& part : package->PartNames())
      draft.parts.emplace_back(part, std::string(package->Part(part).value()));
    return draft;
  }

  // Sealed, loaded and talked to: the reason of the refusal, or "answers".
  std::string Outcome(const PackageDraft& draft) {
    auto written = WritePackage(draft, Path("sealed.grm"));
    if (!written.ok()) return written.error().reason;
    auto package = Package::Open(Path("sealed.grm"));
    EXPECT_TRUE(package.ok()) << "the digests are right";
    auto model = LoadLiveModel(*package, components_);
    if (!model.ok()) return model.error().reason;
    auto tracker = std::make_shared<const Tracker>((*model)->slot_table, "t");
    for (const char* text : {"hello", "how is Rome", "when is it open", "/greet", "hello"}) {
      TurnInput input{
          .conversation_id = "t", .message = {.conversation_id = "t", .text = text}, .tracker = tracker, .now = 1};
      input.message.parse = ParseForTurn(**model, input.message);
      const double sure = input.message.parse->intent.confidence.value_or(0);
      EXPECT_TRUE(sure >= 0 && sure <= 1.0001) << text << " " << sure;
      TurnProgress progress = RunTurn(**model, input, {});
      if (progress.after) tracker = progress.after;
    }
    return "answers";
  }
  std::string With(const std::string& part, std::string bytes) {
    PackageDraft draft = sound_;
    for (auto& [name, content] : draft.parts) {
      if (name == part) content = std::move(bytes);
    }
    return Outcome(draft);
  }

  ComponentRegistry components_;
  PackageDraft sound_;
};

bool IsJson(const std::string& bytes) { return bytes.starts_with('{') || bytes.starts_with('['); }

TEST_F(BadPackage, ComponentsAndPoliciesThatDoNotExistAreRefusedByName) {
  PackageDraft draft = sound_;
  Json nlu = draft.manifest["nlu"];
  Json graph = nlu["graph"];
  graph.MutableArray()[0].Set("component", "os.system");
  draft.manifest.Set("nlu", nlu.Set("graph", graph));
  EXPECT_EQ(Outcome(draft), "package_component_unknown");
  EXPECT_EQ(With("dialogue/policies.json", R"([{"name": "os.system", "parameters": {}}])"), "package_corrupt");
}

TEST_F(BadPackage, APartThatIsMissingEmptyCutOrLongerIsRefusedOrHarmless) {
  for (const auto& [name, bytes] : sound_.parts) {
    SCOPED_TRACE(name);
    PackageDraft without = sound_;
    std::erase_if(without.parts, [&part = name](const auto& one) { return one.first == part; });
    Outcome(without);
    With(name, "");
    for (size_t i = 1; i < 12; ++i) With(name, bytes.substr(0, bytes.size() * i / 12));
    With(name, bytes + bytes);
    With(name, std::string(bytes.size(), '\xff'));
  }
}

TEST_F(BadPackage, WeightsThatAreNoNumbersAreRefusedOrHarmless) {
  for (const float value : {std::nanf(""), INFINITY, 3e38f}) {
    for (const auto& [name, bytes] : sound_.parts) {
      SCOPED_TRACE(name);
      if (IsJson(bytes)) continue;
      // Words and what lies between them: nothing in a blob is aligned.
      for (size_t at = 0; at + 4 <= bytes.size(); at += 4 + bytes.size() / 23) {
        std::string changed = bytes;
        std::memcpy(changed.data() + at, &value, sizeof value);
        With(name, std::move(changed));
      }
    }
  }
}

TEST_F(BadPackage, ABiasOfAPolicyThatIsNoNumberIsRefused) {
  const float value = std::nanf("");
  size_t policies = 0;
  for (const auto& [name, bytes] : sound_.parts) {
    if (!name.starts_with("dialogue/") || !name.ends_with("/weights")) continue;
    ++policies;
    LearnedBlobReader reader(bytes);
    reader.U32();
    const uint32_t classes = reader.U32();
    size_t at = 12;  // behind version, number of classes and, after their names, that of the biases
    for (uint32_t c = 0; c < classes; ++c) at += 4 + reader.Bytes().size();
    std::string changed = bytes;
    std::memcpy(changed.data() + at, &value, sizeof value);
    EXPECT_EQ(With(name, std::move(changed)), "package_corrupt") << name;
  }
  EXPECT_GT(policies, 1u);
}

TEST_F(BadPackage, CountsAndIndexesOutOfRangeAreRefusedOrHarmless) {
  for (const uint32_t value : {0u, 0x7fffffffu, 0xffffffffu}) {
    for (const auto& [name, bytes] : sound_.parts) {
      SCOPED_TRACE(name);
      if (IsJson(bytes)) continue;
      for (size_t at = 0; at + 4 <= bytes.size(); at += at < 128 ? 4 : 4 + bytes.size() / 23) {
        std::string changed = bytes;
        std::memcpy(changed.data() + at, &value, sizeof value);
        With(name, std::move(changed));
      }
    }
  }
}

TEST_F(BadPackage, PartsOfAModelWithOtherTablesAreRefusedOrHarmless) {
  const PackageDraft other = Trained("two", 9);
  for (const auto& [name, bytes] : other.parts) {
    SCOPED_TRACE(name);
    With(name, bytes);
  }
  PackageDraft draft = sound_;
  draft.manifest.Set("nlu", other.manifest["nlu"]);
  Outcome(draft);
}

// Every value of every JSON part and of the manifest, one at a time, becomes one of another type.
void ReplaceEach(const Json& json, const std::function<void(const Json&)>& take) {
  const Json others[] = {Json(), Json(-1), Json(1e300), Json("?"), Json::List()};
  for (const Json& other : others) take(other);
  if (json.is_array()) {
    for (size_t i = 0; i < std::min<size_t>(json.size(), 3); ++i) {
      ReplaceEach(json.array()[i], [&](const Json& changed) {
        Json copy = json;
        copy.MutableArray()[i] = changed;
        take(copy);
      });
    }
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.members()) {
      ReplaceEach(value, [&, &name = key](const Json& changed) {
        Json copy = json;
        copy.Set(name, changed);
        take(copy);
      });
    }
  }
}

TEST_F(BadPackage, ValuesOfOtherTypesAreRefusedOrHarmless) {
  for (const auto& [name, bytes] : sound_.parts) {
    if (!IsJson(bytes)) continue;
    SCOPED_TRACE(name);
    ReplaceEach(ParseJson(bytes).value(), [&, &part = name](const Json& changed) { With(part, changed.Dump()); });
  }
  ReplaceEach(sound_.manifest["nlu"], [&](const Json& changed) {
    PackageDraft draft = sound_;
    draft.manifest.Set("nlu", changed);
    Outcome(draft);
  });
}

}  // namespace
}  // namespace greenroom
