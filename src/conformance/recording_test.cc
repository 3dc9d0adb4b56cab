#include "conformance/recording.h"

#include <gtest/gtest.h>

namespace greenroom::conformance {
namespace {

Json User(bool is_external) {
  return Json::Object({{"event", "user"}, {"metadata", Json::Object({{"is_external", is_external}})}});
}
Json Action(const char* policy, double confidence) {
  return Json::Object({{"event", "action"}, {"name", "a"}, {"policy", policy}, {"confidence", confidence}});
}

TEST(Recording, AReminderThatFiredBeforeAMessageIsATurnOfItsOwn) {
  const Json turn = Json::Object({{"message", "hi"},
                                  {"responses", Json::List()},
                                  {"events", Json::List({User(true), Action("RulePolicy", 1), User(false)})}});
  const std::vector<Json> turns = TurnsOf(turn);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0]["events"].size(), 2u);
  EXPECT_EQ(turns[0].Find("message"), nullptr);
  EXPECT_NE(turns[0].Find("trigger"), nullptr);
  EXPECT_EQ(turns[1]["events"].size(), 1u);
}

TEST(Recording, ATurnWithoutItsMessageIsAHole) {
  const Json turn = Json::Object({{"message", "hi"}, {"events", Json::List({Action("RulePolicy", 1)})}});
  EXPECT_TRUE(IsHole(turn));
  EXPECT_FALSE(IsTurn(turn));
}

TEST(Recording, AFallbackOfRulesIsDecidedByThoseWhoWereUnsure) {
  const auto learned = [](const Json& action) {
    return IsLearnedTurn(Json::Object({{"events", Json::List({User(false), action})}}));
  };
  EXPECT_TRUE(learned(Action("RulePolicy", 0.3)));
  EXPECT_TRUE(learned(Action("TEDPolicy", 0.9)));
  EXPECT_FALSE(learned(Action("RulePolicy", 1)));
  EXPECT_FALSE(learned(Action("MemoizationPolicy", 1)));
}

TEST(Recording, CallsGetTheirRepliesByNameAndOrder) {
  const Json calls = Json::List({Json::Object({{"next_action", "a"}, {"status", 200}, {"reply", "first"}}),
                                 Json::Object({{"next_action", "b"}, {"status", 400}, {"reply", "other"}}),
                                 Json::Object({{"next_action", "a"}, {"status", 200}, {"reply", "second"}})});
  RecordedCalls server(calls);
  EXPECT_EQ(server.Answer({.action = "a"}).body.AsString(), "first");
  EXPECT_EQ(server.Answer({.action = "a"}).body.AsString(), "second");
  EXPECT_EQ(server.Problems(), "missing call of b; ");
  EXPECT_EQ(server.Answer({.action = "c"}).status, 404);
}

}  // namespace
}  // namespace greenroom::conformance
