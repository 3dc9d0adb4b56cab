#include "conversation/story_text.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

Tracker Session(const std::vector<std::string>& events) {
  Tracker tracker(std::make_shared<const SlotTable>(), "u1");
  for (const std::string& text : events) tracker.Apply(EventFromJson(ParseJson(text).value()).value());
  return tracker;
}

std::string Story(const std::vector<std::string>& events) {
  const Tracker session = Session(events);
  return StoryText({&session}, "u1");
}

constexpr char kListen[] = R"({"event":"action","name":"action_listen"})";

TEST(StoryText, AMessageIsItsIntentAndItsWords) {
  EXPECT_EQ(
      Story({kListen,
             R"({"event":"user","text":"hello: \"x\" # y\nline two","parse_data":{"intent":{"name":"greet"}}})",
             R"({"event":"action","name":"utter_greet"})", kListen}),
      "version: \"3.1\"\nstories:\n- story: u1\n  steps:\n  - intent: greet\n    user: |-\n      hello: \"x\" # y\n"
      "      line two\n  - action: utter_greet\n");
}

TEST(StoryText, MessagesWithoutIntentOrReadAsTextHaveTheirWordsOnly) {
  EXPECT_EQ(Story({kListen, R"({"event":"user","text":"e2e say","parse_data":{"intent":{"name":"greet"}}})",
                   R"({"event":"user_featurization","use_text_for_featurization":true})",
                   R"({"event":"entities","entities":[{"entity":"size","value":"big","start":0,"end":3}]})",
                   R"({"event":"action","action_text":"free text"})"}),
            "version: \"3.1\"\nstories:\n- story: u1\n  steps:\n  - user: |-\n"
            "      [e2e]{\"entity\": \"size\", \"value\": \"big\"} say\n  - bot: free text\n");
}

TEST(StoryText, SlotsAndLoopsAreSteps) {
  EXPECT_EQ(
      Story({R"({"event":"slot","name":"bits","value":["a",1]})", R"({"event":"slot","name":"city","value":null})",
             R"({"event":"active_loop","name":"order_form"})", R"({"event":"active_loop","name":null})"}),
      "version: \"3.1\"\nstories:\n- story: u1\n  steps:\n  - slot_was_set:\n    - bits:\n      - a\n      - 1\n"
      "  - slot_was_set:\n    - city: null\n  - active_loop: order_form\n  - active_loop: null\n");
}

TEST(StoryText, NothingSaidIsAStoryWithoutSteps) {
  EXPECT_EQ(Story({}), "version: \"3.1\"\nstories:\n- story: u1\n  steps: []\n");
  EXPECT_EQ(StoryText({}, "u1"), "version: \"3.1\"\n");
}

TEST(StoryText, SessionsAreNumbered) {
  const Tracker one = Session({}), two = Session({});
  EXPECT_EQ(StoryText({&one, &two}, "a b"),
            "version: \"3.1\"\nstories:\n- story: a b, story 1\n  steps: []\n- story: a b, story 2\n  steps: []\n");
}

TEST(MarkEntities, RolesGroupsAndOtherValuesAreWrittenOut) {
  EXPECT_EQ(MarkEntities("from Röm to Paris",
                         {{.entity = "city", .value = "Paris", .start = 12, .end = 17, .role = "to", .group = "1"},
                          {.entity = "city", .value = "Röm", .start = 5, .end = 8}}),
            "from [Röm](city) to [Paris]{\"entity\": \"city\", \"role\": \"to\", \"group\": \"1\"}");
}

TEST(MarkEntities, EntitiesOfNoPlaceAreLeftOut) {
  EXPECT_EQ(MarkEntities("a b", {{.entity = "n", .value = 3},
                                 {.entity = "x", .value = "b", .start = 2, .end = 9},
                                 {.entity = "y", .value = "a", .start = 0, .end = 1},
                                 {.entity = "z", .value = "a b", .start = 0, .end = 3}}),
            "[a](y) b");
  EXPECT_EQ(MarkEntities("/order{\"city\":\"Rome\"}", {{.entity = "city", .value = "Rome", .start = 6, .end = 20}}),
            "/order{\"city\":\"Rome\"}");
}

}  // namespace
}  // namespace greenroom
