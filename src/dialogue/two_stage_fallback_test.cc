#include "dialogue/two_stage_fallback.h"

#include <gtest/gtest.h>

#include "dialogue/turn_fixture.h"

namespace greenroom {
namespace {

constexpr const char* kDomain = R"(
version: "3.1"
intents: [refund, chat]
responses:
  utter_refund: [{text: "A refund."}]
  utter_default: [{text: "I give up."}]
  utter_ask_rephrase: [{text: "In other words?"}]
)";

constexpr const char* kRules = R"(
version: "3.1"
rules:
  - rule: ask
    steps: [{intent: nlu_fallback}, {action: action_two_stage_fallback}, {active_loop: action_two_stage_fallback}]
  - rule: refund
    steps: [{intent: refund}, {action: utter_refund}]
)";

UserMessage Unclear(const Conversation& talk) {
  UserMessage message = talk.MessageOf("money back");
  message.parse->intent = {.name = "nlu_fallback", .confidence = 0.3};
  message.parse->ranking = {message.parse->intent, {.name = "refund", .confidence = 0.25}};
  return message;
}

TEST(TwoStageFallback, AnUnclearMessageIsAskedAboutWithTheLikeliestIntent) {
  Conversation talk(kDomain, kRules);
  EXPECT_EQ(talk.Take(Unclear(talk)), "Did you mean 'refund'?");
  const Json& buttons = talk.last().messages[0].data["buttons"];
  ASSERT_EQ(buttons.size(), 2u);
  EXPECT_EQ(buttons.array()[0]["payload"].AsString(), "/refund");
  EXPECT_EQ(buttons.array()[1]["payload"].AsString(), "/out_of_scope");
}

TEST(TwoStageFallback, AYesReplacesTheUnclearMessageByTheClearOne) {
  Conversation talk(kDomain, kRules);
  talk.Take(Unclear(talk));
  EXPECT_EQ(talk.Say("/refund"), "A refund.");
  EXPECT_EQ(talk.Happened(),
            "user, action_two_stage_fallback, close, rewind, action_listen, user, utter_refund, bot, action_listen");
  EXPECT_EQ(talk.tracker().loop().name, "");
}

TEST(TwoStageFallback, ANoAsksForOtherWordsAndASecondNoGivesUp) {
  Conversation talk(kDomain, kRules);
  talk.Take(Unclear(talk));
  EXPECT_EQ(talk.Say("/out_of_scope"), "In other words?");
  EXPECT_EQ(talk.Take(Unclear(talk)), "Did you mean 'refund'?");
  EXPECT_EQ(talk.Say("/out_of_scope"), "I give up.");
}

TEST(TwoStageFallback, TwoUnclearMessagesInARowGiveUp) {
  Conversation talk(kDomain, kRules);
  talk.Take(Unclear(talk));
  EXPECT_EQ(talk.Take(Unclear(talk)), "I give up.");
}

TEST(TwoStageFallback, ALegacyProjectTakesBackTheQuestionThatWasAnswered) {
  Conversation talk(kDomain, R"(
version: "3.1"
rules:
  - rule: ask
    steps: [{intent: nlu_fallback}, {action: action_default_ask_rephrase}]
  - rule: refund
    steps: [{intent: refund}, {action: action_revert_fallback_events}]
)");
  talk.Take(Unclear(talk));
  talk.Say("/refund");
  EXPECT_EQ(talk.Happened().rfind("user, action_revert_fallback_events, rewind, rewind, action_listen, user, ", 0), 0u)
      << talk.Happened();
}

TEST(TwoStageFallback, WithNothingClarifiedTheLegacyActionDoesNothing) {
  Conversation talk(kDomain, R"(
version: "3.1"
rules:
  - rule: refund
    steps: [{intent: refund}, {action: action_revert_fallback_events}]
)");
  talk.Say("/refund");
  EXPECT_NE(talk.Happened().find("user, action_revert_fallback_events, action_listen"), std::string::npos)
      << talk.Happened();
}

}  // namespace
}  // namespace greenroom
