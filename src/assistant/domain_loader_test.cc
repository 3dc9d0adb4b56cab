#include "assistant/domain_loader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace greenroom {
namespace {

struct Loaded {
  Domain domain;
  Diagnostics diagnostics;
};

Loaded Load(const std::string& text) {
  Loaded loaded;
  auto shared = std::make_shared<const std::string>(text);
  auto root = ReadYaml(
      {.file = "domain.yml", .text = shared}, [](const std::string&) { return std::nullopt; }, loaded.diagnostics);
  Report report(loaded.diagnostics);
  if (root) loaded.domain = LoadDomainFile(*root, report);
  FinishDomain(loaded.domain);
  return loaded;
}

// "D031@4" for each error, in order.
std::string Errors(const Loaded& loaded) {
  std::string out;
  for (const Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity == Severity::kError)
      out += (out.empty() ? "" : " ") + item.code + "@" + std::to_string(item.span.line);
  }
  return out;
}

TEST(LoadDomainFile, AddsDefaultIntentsInOrderAndAutomaticSlots) {
  Loaded loaded =
      Load("intents: [zoo, about]\nforms:\n  f:\n    required_slots: []\nactions: [action_query_knowledge_base]\n");
  EXPECT_EQ(Errors(loaded), "");
  EXPECT_EQ(loaded.domain.intents.front().name, "about");
  EXPECT_NE(loaded.domain.FindIntent("nlu_fallback"), nullptr);
  for (const char* name : {"requested_slot", "knowledge_base_last_object", "session_started_metadata"}) {
    ASSERT_NE(loaded.domain.FindSlot(name), nullptr) << name;
    EXPECT_TRUE(loaded.domain.FindSlot(name)->automatic);
  }
}

TEST(LoadDomainFile, ReadsWhichEntitiesAnIntentUses) {
  Loaded loaded = Load(
      "entities: [a]\nintents:\n- all\n- none: {use_entities: false}\n- some: {use_entities: [a]}\n- less: "
      "{ignore_entities: [a]}\n");
  EXPECT_FALSE(loaded.domain.FindIntent("all")->use_entities.has_value());
  EXPECT_TRUE(loaded.domain.FindIntent("none")->use_entities->empty());
  EXPECT_EQ(loaded.domain.FindIntent("some")->use_entities->size(), 1u);
  EXPECT_EQ(loaded.domain.FindIntent("less")->ignore_entities->size(), 1u);
}

TEST(LoadDomainFile, RefusesWhatWouldEmptyTheBotInSilence) {
  EXPECT_EQ(Errors(Load("entities:\n- boots:\n")), "D012@2");
  EXPECT_EQ(Errors(Load("intents: [a, a]\n")), "D013@1");
  EXPECT_EQ(Errors(Load("actions:\n- a\n- b\n- a\n")), "D013@4");
  EXPECT_EQ(Errors(Load("slots:\n  s:\n    type: bool\n    mappings:\n    - type: from_intent\n      intent: x\n")),
            "D035@5");
}

TEST(LoadDomainFile, ReportsEveryProblemOfSlotsAtItsPlace) {
  EXPECT_EQ(Errors(Load("slots:\n  a:\n    type: number\n    mappings: [{type: from_text}]\n  b:\n    type: text\n"
                        "  c:\n    type: any\n    influence_conversation: true\n    mappings: [{type: from_nowhere}]\n"
                        "  d:\n    type: float\n    min_value: 3\n    mappings: [{type: custom}]\n")),
            "D024@3 D031@5 D026@9 D034@10 D029@13");
}

TEST(LoadDomainFile, ClosesTheBodyOfForms) {
  EXPECT_EQ(Errors(Load("forms:\n  a:\n  b:\n    required_slot: []\n  c:\n    ignored_intents: x\n")),
            "D061@2 D062@4 D064@6");
  EXPECT_EQ(Errors(Load("forms: [a]\n")), "D060@1");
}

TEST(LoadDomainFile, DemandsTextOrCustomInEachVariation) {
  EXPECT_EQ(Errors(Load("responses:\n  utter_a:\n  - text:\n  - image: x\n  - hello\n  - custom: [1]\n  - custom: {a: "
                        "1}\n  utter_b: hi\n")),
            "D044@3 D044@4 D042@5 D044@6 D041@8");
}

TEST(LoadDomainFile, KeepsConditionsChannelsAndExtrasOfResponses) {
  Loaded loaded = Load(
      "responses:\n  utter_a:\n  - text: hi\n    channel: slack\n    condition:\n    - {type: slot, name: s, value: "
      "true}\n    buttons:\n    - {title: t, payload: /p}\n");
  const ResponseVariation& variation = loaded.domain.responses["utter_a"][0];
  EXPECT_EQ(variation.channel, "slack");
  EXPECT_EQ(variation.conditions[0].slot, "s");
  EXPECT_EQ(variation.content["buttons"].size(), 1u);
}

TEST(LoadDomainFile, RefusesSlipsOfKnownKeysAndWarnsOfForeignOnes) {
  Loaded loaded = Load("intent: [a]\n");
  ASSERT_EQ(loaded.diagnostics.items().size(), 1u);
  EXPECT_EQ(loaded.diagnostics.items()[0].severity, Severity::kError);
  EXPECT_NE(loaded.diagnostics.items()[0].help.find("did you mean `intents`?"), std::string::npos);
  EXPECT_EQ(Load("x-editor: [a]\n").diagnostics.warning_count(), 1u);
}

TEST(Domain, OrdersActionNamesAsModelsNumberThem) {
  Loaded loaded = Load(
      "actions: [b, utter_z, action_restart]\nresponses:\n  utter_z: [{text: z}]\n  utter_a: [{text: a}]\nforms:\n  f: "
      "{required_slots: []}\ne2e_actions: [Hello there]\n");
  std::vector<std::string> names = loaded.domain.ActionNames();
  std::vector<std::string> rest(names.begin() + static_cast<std::ptrdiff_t>(DefaultActionNames().size()), names.end());
  EXPECT_EQ(rest, (std::vector<std::string>{"b", "utter_z", "utter_a", "f", "Hello there"}));
}

TEST(Domain, SurvivesTheRoundTripThroughJson) {
  Loaded loaded = Load(
      "intents:\n- a: {use_entities: []}\n- restart\nentities:\n- e: {roles: [y, x], influence_conversation: false}\n"
      "slots:\n  s:\n    type: categorical\n    values: [\"1\", true]\n    initial_value: \"1\"\n    mappings:\n"
      "    - {type: from_entity, entity: e, role: x, conditions: [{active_loop: null}]}\n"
      "responses:\n  utter_a:\n  - {text: hi, condition: []}\nactions:\n- act: {send_domain: false}\n"
      "forms:\n  f: {required_slots: [s], ignored_intents: a}\nsession_config:\n  session_expiration_time: 0.5\n  "
      "carry_over_slots_to_new_session: false\n"
      "config: {store_entities_as_slots: false}\n");
  ASSERT_EQ(Errors(loaded), "");
  Json json = loaded.domain.ToJson();
  Result<Domain> again = Domain::FromJson(json);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(again->ToJson() == json) << again->ToJson().Dump() << "\n" << json.Dump();
  EXPECT_EQ(again->FindSlot("s")->values, (std::vector<std::string>{"1", "true"}));
  EXPECT_TRUE(again->responses["utter_a"][0].has_condition);
  EXPECT_FALSE(again->actions[0].send_domain);
  EXPECT_EQ(again->session.expiration_minutes, 0.5);
}

TEST(Domain, RefusesDamagedJson) {
  EXPECT_FALSE(Domain::FromJson(Json::Object({{"slots", Json::Object({{"s", 1}})}})).ok());
  EXPECT_FALSE(Domain::FromJson(Json::List()).ok());
}

}  // namespace
}  // namespace greenroom
