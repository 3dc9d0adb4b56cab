#include "dialogue/states.h"

#include <gtest/gtest.h>

#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

std::string Features(SlotDef slot, const Json& value) {
  slot.name = "s";
  return StateEncoder(SmallDomain({.slots = {slot}}).domain).SlotFeatures(0, value);
}

TEST(SlotFeatures, TextCountsAsSetWhateverItIs) {
  EXPECT_EQ(Features({}, ""), "[1.0]");
  EXPECT_EQ(Features({}, nullptr), "");
}

TEST(SlotFeatures, BoolReadsWordsAndDigits) {
  const SlotDef slot{.type = SlotType::kBool};
  EXPECT_EQ(Features(slot, "true"), "[1.0, 1.0]");
  EXPECT_EQ(Features(slot, "1"), "[1.0, 1.0]");
  EXPECT_EQ(Features(slot, 0), "[1.0, 0.0]");
  EXPECT_EQ(Features(slot, "yes"), "");
}

TEST(SlotFeatures, FloatIsClampedToItsRange) {
  const SlotDef slot{.type = SlotType::kFloat};
  EXPECT_EQ(Features(slot, 5), Features(slot, 5000));
  EXPECT_EQ(Features({.type = SlotType::kFloat, .min_value = 0, .max_value = 10}, "2.5"), "[1.0, 0.25]");
  EXPECT_EQ(Features(slot, "many"), "");
}

TEST(SlotFeatures, CategoriesCompareInLowerCaseAndTheRestIsOther) {
  const SlotDef slot{.type = SlotType::kCategorical, .values = {"Red", "true"}};
  EXPECT_EQ(Features(slot, "RED"), "[1.0, 0.0, 0.0]");
  EXPECT_EQ(Features(slot, true), "[0.0, 1.0, 0.0]");
  EXPECT_EQ(Features(slot, "blue"), "[0.0, 0.0, 1.0]");
}

TEST(SlotFeatures, EmptyListsAndSlotsWithoutInfluenceDoNotCount) {
  const SlotDef slot{.type = SlotType::kList};
  EXPECT_EQ(Features(slot, Json::List()), "");
  EXPECT_EQ(Features(slot, "x"), "[1.0]");
  EXPECT_EQ(Features({.influence_conversation = false}, "x"), "");
  EXPECT_EQ(Features({.type = SlotType::kAny}, "x"), "");
}

TEST(DialogueState, IsWrittenAsJsonWithSortedKeys) {
  Source source = SmallDomain({.intents = {"order"}, .entities = {"city"}});
  const StateEncoder encoder(source.domain);
  StateFold fold(encoder);
  EXPECT_EQ(StatesText(std::vector{fold.Current()}), "[{}]");
  fold.Apply({.body = ActionExecuted{.name = "action_listen"}});
  UserUttered message;
  message.parse.intent.name = "order";
  message.parse.entities = {{.entity = "city", .value = "x", .role = "to"}, {.entity = "city", .value = "y"}};
  fold.Apply({.body = message});
  fold.Apply({.body = SlotSet{.name = "city", .value = "x"}});
  fold.Apply({.body = ActiveLoop{.name = "form"}});
  EXPECT_EQ(StatesText(std::vector{fold.Current()}),
            "[{\"active_loop\": {\"name\": \"form\"}, \"prev_action\": {\"action_name\": \"action_listen\"}, "
            "\"slots\": {\"city\": [1.0]}, "
            "\"user\": {\"entities\": [\"city\"], \"intent\": \"order\"}}]");
}

TEST(DialogueState, LeavesOutEntitiesThatTheIntentIgnores) {
  Source source = SmallDomain({.intents = {"a", "b", "c"}, .entities = {"x", "y"}});
  source.domain.entities[1].influence_conversation = false;
  source.domain.intents[1].ignore_entities = std::vector<std::string>{"x"};
  source.domain.intents[2].use_entities = std::vector<std::string>{"y"};
  source.domain.intents[2].ignore_entities = std::vector<std::string>{};
  const StateEncoder encoder(source.domain);
  const std::vector<Entity> both = {{.entity = "y"}, {.entity = "x"}};
  EXPECT_EQ(encoder.EntityLabels("a", both), (std::vector<std::string>{"x"}));
  EXPECT_EQ(encoder.EntityLabels("b", both), std::vector<std::string>{});
  EXPECT_EQ(encoder.EntityLabels("c", both), (std::vector<std::string>{"y"}));
  EXPECT_EQ(encoder.EntityLabels("unknown", both), (std::vector<std::string>{"x", "y"}));
}

}  // namespace
}  // namespace greenroom
