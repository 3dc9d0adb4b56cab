#include <gtest/gtest.h>

#include "dialogue/responses.h"
#include "dialogue/turn.h"

namespace greenroom {
namespace {

std::string Rest(std::string_view fields) {
  Result<Json> json = ParseJson(fields);
  EXPECT_TRUE(json.ok()) << fields;
  return json.ok() ? MessagesToRest({MakeBotMessage(*json)}, "u").Dump() : "";
}

TEST(MessagesToRest, SplitsTextAtBlankLines) {
  EXPECT_EQ(Rest(R"({"text": " a\n\nb\nc\n\n"})"),
            R"([{"recipient_id":"u","text":"a"},{"recipient_id":"u","text":"b\nc"}])");
}

TEST(MessagesToRest, KeepsTextWithButtonsWhole) {
  EXPECT_EQ(Rest(R"({"text": "a\n\nb", "buttons": [{}]})"), R"([{"recipient_id":"u","text":"a\n\nb","buttons":[{}]}])");
  EXPECT_EQ(Rest(R"({"text": "a", "buttons": []})"), R"([{"recipient_id":"u","text":"a"}])");
}

TEST(MessagesToRest, ShowsQuickRepliesInsteadOfButtons) {
  EXPECT_EQ(Rest(R"({"text": "a", "quick_replies": [1], "buttons": [2]})"),
            R"([{"recipient_id":"u","text":"a","buttons":[1]}])");
}

TEST(MessagesToRest, SendsTextCustomImageAndAttachmentInThisOrder) {
  EXPECT_EQ(Rest(R"({"attachment": {"a": 1}, "image": "i", "custom": {"c": 1}, "text": "t", "buttons": [1]})"),
            R"([{"recipient_id":"u","text":"t","buttons":[1]},{"recipient_id":"u","custom":{"c":1}},)"
            R"({"recipient_id":"u","image":"i"},{"recipient_id":"u","attachment":{"a":1}}])");
}

TEST(MessagesToRest, DoesNotRepeatAnImageAsItsAttachment) {
  EXPECT_EQ(Rest(R"({"text": "", "image": "i"})"), R"([{"recipient_id":"u","image":"i"}])");
}

TEST(MessagesToRest, SendsElementsAsTextWithTheirButtons) {
  EXPECT_EQ(Rest(R"({"elements": [{"title": "a", "subtitle": "b", "buttons": [1]}, {}]})"),
            R"([{"recipient_id":"u","text":"a : b","buttons":[1]},{"recipient_id":"u","text":" : ","buttons":[]}])");
}

TEST(MessagesToRest, SendsNothingForEmptyMessages) {
  EXPECT_EQ(Rest("{}"), "[]");
  EXPECT_EQ(MessagesToRest({}, "u").Dump(), "[]");
  EXPECT_EQ(MessagesToRest({BotMessage{.text = "x"}}, "u").Dump(), R"([{"recipient_id":"u","text":"x"}])");
}

}  // namespace
}  // namespace greenroom
