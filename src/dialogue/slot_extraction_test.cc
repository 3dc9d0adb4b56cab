#include "dialogue/slot_extraction.h"

#include <gtest/gtest.h>

#include "dialogue/turn_fixture.h"

namespace greenroom {
namespace {

constexpr const char* kRules = R"(
version: "3.1"
rules:
  - rule: tell
    steps: [{intent: tell}, {action: utter_ok}]
  - rule: no
    steps: [{intent: deny}, {action: utter_ok}]
)";

// A domain with these slots.
std::string WithSlots(const std::string& slots, const std::string& actions = "") {
  return "version: \"3.1\"\nintents: [tell, deny, chat]\nentities: [city, {person: {roles: [host]}}]\nresponses: "
         "{utter_ok: [{text: Ok}]}\nactions: [" +
         actions + "]\nslots:\n" + slots;
}

TEST(SlotExtraction, TheLastOfSeveralEntitiesWinsUnlessTheSlotIsAList) {
  Conversation talk(
      WithSlots("  one: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: city}]}\n"
                "  all: {type: list, influence_conversation: false, mappings: [{type: from_entity, entity: city}]}\n"),
      kRules);
  talk.Say("/tell{\"city\": [\"Rome\", \"Oslo\"]}");
  EXPECT_EQ(talk.Slot("one"), "\"Oslo\"");
  EXPECT_EQ(talk.Slot("all"), "[\"Rome\",\"Oslo\"]");
}

TEST(SlotExtraction, TheFirstMappingThatGivesAValueWins) {
  Conversation talk(
      WithSlots("  note: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: city}, "
                "{type: from_intent, intent: deny, value: none}, {type: from_text, intent: tell}]}\n"),
      kRules);
  talk.Say("/tell{\"city\": \"Rome\"}");
  EXPECT_EQ(talk.Slot("note"), "\"Rome\"");
  talk.Say("/deny");
  EXPECT_EQ(talk.Slot("note"), "\"none\"");
  talk.Say("/tell");
  EXPECT_EQ(talk.Slot("note"), "\"/tell\"");
}

TEST(SlotExtraction, RolesMustMatchExactly) {
  Conversation talk(WithSlots("  host: {type: any, influence_conversation: false, mappings: [{type: from_entity, "
                              "entity: person, role: host}]}\n"),
                    kRules);
  UserMessage message = talk.MessageOf("/tell");
  message.parse->entities = {{.entity = "person", .value = "Ann"}};
  talk.Take(message);
  EXPECT_EQ(talk.Slot("host"), "null");
  message.parse->entities[0].role = "host";
  talk.Take(message);
  EXPECT_EQ(talk.Slot("host"), "\"Ann\"");
}

TEST(SlotExtraction, AnExcludedIntentFillsNothing) {
  Conversation talk(
      WithSlots(
          "  note: {type: any, influence_conversation: false, mappings: [{type: from_text, not_intent: deny}]}\n"),
      kRules);
  talk.Say("/deny");
  EXPECT_EQ(talk.Slot("note"), "null");
  talk.Say("/tell");
  EXPECT_EQ(talk.Slot("note"), "\"/tell\"");
}

TEST(SlotExtraction, ANullEmptiesAFilledSlotAndIsNoNewsForAnEmptyOne) {
  Conversation talk(
      WithSlots("  one: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: city}]}\n"),
      kRules);
  talk.Say("/tell{\"city\": null}");
  EXPECT_EQ(talk.Happened().find("one="), std::string::npos);
  talk.Say("/tell{\"city\": \"Rome\"}");
  talk.Say("/tell{\"city\": null}");
  EXPECT_NE(talk.Happened().find("one=null"), std::string::npos);
}

TEST(SlotExtraction, ACustomMappingRunsItsActionOnceAndKeepsOnlySlots) {
  Conversation talk(
      WithSlots("  mood: {type: any, influence_conversation: false, mappings: [{type: custom, action: action_mood}]}\n"
                "  tone: {type: any, influence_conversation: false, mappings: [{type: custom, action: action_mood}]}\n",
                "action_mood"),
      kRules);
  talk.server().Replies("action_mood",
                        R"({"events": [{"event": "slot", "name": "mood", "value": "fine"}, {"event": "pause"}],
                                          "responses": [{"text": "not said"}]})");
  EXPECT_EQ(talk.Say("/tell"), "Ok");
  EXPECT_EQ(talk.server().calls().size(), 1u);
  EXPECT_EQ(talk.Slot("mood"), "\"fine\"");
  EXPECT_FALSE(talk.tracker().paused());
  EXPECT_EQ(talk.last().warnings.size(), 1u);
}

TEST(SlotExtraction, TheValidatingActionSeesTheValuesAndReplacesThem) {
  Conversation talk(
      WithSlots("  one: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: city}]}\n",
                "action_validate_slot_mappings"),
      kRules);
  talk.server().Replies(
      "action_validate_slot_mappings",
      R"({"events": [{"event": "slot", "name": "one", "value": "ROME"}], "responses": [{"text": "Noted."}]})");
  EXPECT_EQ(talk.Say("/tell{\"city\": \"rome\"}"), "Noted. | Ok");
  EXPECT_EQ(talk.server().calls()[0].request["tracker"]["slots"]["one"].AsString(), "rome");
  EXPECT_EQ(talk.Slot("one"), "\"ROME\"");
}

TEST(SlotExtraction, AServerThatIsDownLeavesTheExtractedValues) {
  Conversation talk(
      WithSlots("  one: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: city}]}\n",
                "action_validate_slot_mappings"),
      kRules);
  EXPECT_EQ(talk.Say("/tell{\"city\": \"Rome\"}"), "Ok");
  EXPECT_EQ(talk.Slot("one"), "\"Rome\"");
  EXPECT_EQ(talk.last().warnings.size(), 1u);
}

}  // namespace
}  // namespace greenroom
