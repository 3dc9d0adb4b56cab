#include "dialogue/state_trail.h"

#include <gtest/gtest.h>

#include <random>

#include "dialogue/history.h"
#include "dialogue/policy_fixture.h"

namespace greenroom {
namespace {

struct World {
  World() {
    const Source source = SmallDomain({.intents = {"greet", "inform"},
                                       .actions = {"utter", "utter_rule"},
                                       .entities = {"city"},
                                       .forms = {"form"},
                                       .slots = {{.name = "hidden", .type = SlotType::kBool}}});
    encoder = std::make_shared<const StateEncoder>(source.domain);
    slots = std::make_shared<const SlotTable>(SlotTable{{.name = "city"}, {.name = "hidden"}});
    rule_only = std::make_shared<const RuleOnlyNames>(RuleOnlyNames{.slots = {"hidden"}, .loops = {}});
  }
  StateTrail NewTrail() const { return StateTrail(encoder, rule_only); }

  std::shared_ptr<const StateEncoder> encoder;
  std::shared_ptr<const SlotTable> slots;
  std::shared_ptr<const RuleOnlyNames> rule_only;
};

Event Says(const std::string& intent, const std::string& city) {
  UserUttered message;
  message.text = intent;
  message.parse.intent.name = intent;
  if (!city.empty()) message.parse.entities.push_back({.entity = "city", .value = city});
  return {.body = std::move(message)};
}

Event RandomEvent(std::mt19937& random) {
  switch (random() % 30) {
    case 0:
      return {.body = Restarted{}};
    case 1:
      return {.body = UserUtteranceReverted{}};
    case 2:
      return {.body = ActionReverted{}};
    case 3:
      return {.body = AllSlotsReset{}};
    case 4:
      return {.body = ActiveLoop{.name = "form"}};
    case 5:
      return {.body = ActiveLoop{}};
    case 6:
      return {.body = FollowupAction{.name = "utter"}};
    case 7:
      return {.body = SlotSet{.name = "hidden", .value = random() % 2 == 0}};
    case 8:
      return {.body = SlotSet{.name = "city", .value = "Rome"}};
    case 9:
      return {.body = ActionExecuted{.name = "action_unlikely_intent"}};
    case 10:
      return {.body = UserFeaturization{.use_text = random() % 2 == 0}};
    default:
      break;
  }
  if (random() % 3 == 0) return Says(random() % 2 ? "greet" : "inform", random() % 2 ? "Oslo" : "");
  const char* actions[] = {"action_listen", "utter", "utter_rule", "form"};
  const size_t action = random() % 4;
  return {.body = ActionExecuted{.name = actions[action], .hide_rule_turn = action == 2}};
}

std::vector<DialogueState> All(const StateList& list) { return {list.begin(), list.end()}; }

TEST(StateTrail, CatchingUpGivesTheStatesOfBeginningAnew) {
  const World world;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    Tracker tracker(world.slots, "u");
    StateTrail trail = world.NewTrail();
    for (int step = 0; step < 300; ++step) {
      tracker.Apply(RandomEvent(random));
      if (random() % 3 == 0) continue;
      trail.CatchUp(tracker);
      StateTrail anew = world.NewTrail();
      anew.CatchUp(tracker);
      ASSERT_EQ(All(trail.states()), All(anew.states())) << "seed " << seed << " step " << step;
      ASSERT_EQ(All(trail.visible()), All(anew.visible())) << "seed " << seed << " step " << step;
      ASSERT_EQ(trail.Current(), anew.Current()) << "seed " << seed << " step " << step;
      ASSERT_EQ(trail.CurrentVisible(), anew.CurrentVisible()) << "seed " << seed << " step " << step;
      const size_t half = trail.applied().size() / 2;
      ASSERT_EQ(trail.VisibleFrom(half), anew.VisibleFrom(half)) << "seed " << seed << " step " << step;
    }
  }
}

TEST(StateTrail, ACopyGoesItsOwnWay) {
  const World world;
  Tracker tracker(world.slots, "u");
  tracker.Apply({.body = ActionExecuted{.name = "action_listen"}});
  StateTrail one = world.NewTrail();
  one.CatchUp(tracker);
  StateTrail two = one;
  tracker.Apply(Says("greet", ""));
  tracker.Apply({.body = ActionExecuted{.name = "utter"}});
  two.CatchUp(tracker);
  EXPECT_EQ(one.states().size(), 1u);
  EXPECT_EQ(two.states().size(), 2u);
  EXPECT_TRUE(two.IsOf(world.encoder));
  EXPECT_FALSE(two.IsOf(std::make_shared<const StateEncoder>(Domain{})));
}

TEST(DialogueHistory, HoldsAsMuchOfTheEndAsIsAskedFor) {
  const World world;
  Tracker tracker(world.slots, "u");
  for (int turn = 0; turn < 9; ++turn) {
    tracker.Apply({.body = ActionExecuted{.name = "action_listen"}});
    tracker.Apply(Says(turn % 2 ? "greet" : "inform", ""));
    tracker.Apply({.body = ActionExecuted{.name = "utter"}});
  }
  StateTrail trail = world.NewTrail();
  trail.CatchUp(tracker);
  const DialogueHistory whole(trail, tracker, {.states = 100, .visible = 100});
  ASSERT_EQ(whole.states().size(), 19u);
  ASSERT_EQ(whole.visible().size(), 19u);
  const DialogueHistory end(trail, tracker, {.states = 4, .visible = 2, .turns = 3});
  EXPECT_EQ(end.states(), std::vector<DialogueState>(whole.states().end() - 4, whole.states().end()));
  // The third listen from the end stands before the third message from the end.
  EXPECT_EQ(end.visible(), std::vector<DialogueState>(whole.visible().end() - 6, whole.visible().end()));
  EXPECT_TRUE(end.visible().front().after_listen());
}

}  // namespace
}  // namespace greenroom
