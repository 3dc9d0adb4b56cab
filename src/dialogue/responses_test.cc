#include "dialogue/responses.h"

#include <gtest/gtest.h>

#include <set>

#include "dialogue/python_text.h"

namespace greenroom {
namespace {

Json Parsed(std::string_view text) {
  Result<Json> json = ParseJson(text);
  EXPECT_TRUE(json.ok()) << text;
  return json.ok() ? std::move(json).value() : Json();
}

class ResponsesTest : public ::testing::Test {
 protected:
  ResponsesTest() {
    table_ = std::make_shared<SlotTable>(SlotTable{{.name = "room"}, {.name = "tone"}, {.name = "vip"}});
    tracker_ = std::make_unique<Tracker>(table_, "u1");
  }

  void Set(const char* slot, Json value) {
    tracker_->Apply({.body = SlotSet{.name = slot, .value = std::move(value)}});
  }
  void Say(const char* name, std::vector<ResponseVariation> variations) {
    domain_.responses[name] = std::move(variations);
  }
  ResponseChoice Choice(std::string channel = "rest") {
    return {.domain = &domain_,
            .tracker = tracker_.get(),
            .channel = std::move(channel),
            .seed = seed_,
            .arguments = arguments_};
  }
  std::string Filled(const std::string& text) {
    Result<std::string> filled = FillTemplate(text, Choice());
    return filled.ok() ? *filled : "error: " + filled.error().reason;
  }
  std::string TextOf(const std::string& name, std::string channel = "rest") {
    Result<std::optional<BotMessage>> message = RenderResponse(name, Choice(std::move(channel)));
    if (!message.ok()) return "error: " + message.error().reason;
    return *message ? (*message)->text.value_or("(null)") : "(nothing)";
  }

  std::shared_ptr<const SlotTable> table_;
  std::unique_ptr<Tracker> tracker_;
  Domain domain_;
  Json arguments_ = Json::Object();
  uint64_t seed_ = 1;
};

ResponseVariation If(const char* text, std::vector<ResponseCondition> conditions, std::string channel = "") {
  return {.text = text,
          .content = Json::Object(),
          .channel = std::move(channel),
          .has_condition = true,
          .conditions = std::move(conditions)};
}

TEST_F(ResponsesTest, FillsSlotsAsPythonPrintsThem) {
  EXPECT_EQ(Filled("Room {room}."), "Room None.");
  Set("room", "101");
  EXPECT_EQ(Filled("Room {room}."), "Room 101.");
  Set("room", false);
  EXPECT_EQ(Filled("{room}"), "False");
  Set("room", 12.5);
  EXPECT_EQ(Filled("{room}{room}"), "12.512.5");
  Set("room", Json::Object({{"a", Json::List({9, "it's", nullptr})}}));
  EXPECT_EQ(Filled("{room}"), "{'a': [9, \"it's\", None]}");
  // What a user said is a value and never a template.
  Set("tone", "calm");
  Set("room", "{tone}");
  EXPECT_EQ(Filled("Room {room}."), "Room {tone}.");
}

TEST_F(ResponsesTest, LeavesAllFieldsWhereRasaTakesTheTextForUnfilled) {
  Set("room", "101");
  EXPECT_EQ(Filled("Literal {{room}} and real {room}."), "Literal {{room}} and real {room}.");
  EXPECT_EQ(Filled("Row 10[a] at {room}"), "Row 10[a] at {room}");
  EXPECT_EQ(Filled("Row 10[a] at {{room}}"), "Row 10[a] at {room}");
  Set("room", "10[a]");
  EXPECT_EQ(Filled("At {room}"), "At {room}");
}

TEST_F(ResponsesTest, ArgumentsWinOverSlotsAlsoWhenTheyAreNull) {
  Set("room", "101");
  arguments_ = Json::Object({{"room", nullptr}, {"amount", Json::List({1, 2})}});
  EXPECT_EQ(Filled("{room}: {amount}"), "None: [1, 2]");
}

TEST_F(ResponsesTest, LeavesATextWithAnUnknownNameWhole) {
  Set("room", "101");
  EXPECT_EQ(Filled("{room} and {missing}"), "{room} and {missing}");
  EXPECT_EQ(Filled("/pick{\"dish\": \"{room}\"}"), "/pick{\"dish\": \"{room}\"}");
  EXPECT_EQ(Filled("{{{missing}}}"), "{{{missing}}}");
}

TEST_F(ResponsesTest, ReadsDoubledBracesAsBraces) {
  Set("room", "a {b}");
  EXPECT_EQ(Filled("/pick{{\"dish\": \"{room}\"}}"), "/pick{\"dish\": \"a {b}\"}");
  EXPECT_EQ(Filled("{{room}}"), "{room}");
}

TEST_F(ResponsesTest, RefusesLoneBraces) {
  for (const char* text : {"{", "}", "{}", "a { b", "a } b", "{room", "{a {room}"}) {
    EXPECT_EQ(Filled(text), "error: response_template_broken") << text;
  }
}

TEST_F(ResponsesTest, PrefersConditionsAndTheOwnChannel) {
  Say("utter_news", {{.text = "plain"},
                     If("vip", {{"vip", true}}),
                     {.text = "sms", .channel = "sms"},
                     If("vip sms", {{"vip", true}}, "sms")});
  EXPECT_EQ(TextOf("utter_news"), "plain");
  EXPECT_EQ(TextOf("utter_news", "sms"), "sms");
  Set("vip", true);
  EXPECT_EQ(TextOf("utter_news"), "vip");
  EXPECT_EQ(TextOf("utter_news", "sms"), "vip sms");
}

TEST_F(ResponsesTest, ComparesTextsWithoutCaseAndNullWithUnsetSlots) {
  Say("utter_quote", {If("loud", {{"tone", "Loud"}}), If("none", {{"tone", nullptr}}), If("never", {})});
  EXPECT_EQ(TextOf("utter_quote"), "none");
  Set("tone", "LOUD");
  EXPECT_EQ(TextOf("utter_quote"), "loud");
  Set("tone", "loud ");
  EXPECT_EQ(TextOf("utter_quote"), "(nothing)");
}

TEST_F(ResponsesTest, SaysNothingForAnUnknownResponse) { EXPECT_EQ(TextOf("utter_nowhere"), "(nothing)"); }

TEST_F(ResponsesTest, DrawsEveryVariationOfAClassAndTheSameForTheSameSeed) {
  Say("utter_hi", {{.text = "a"}, {.text = "b"}, {.text = "c"}, {.text = "other", .channel = "sms"}});
  std::set<std::string> seen;
  for (seed_ = 0; seed_ < 50; ++seed_) {
    seen.insert(TextOf("utter_hi"));
    EXPECT_EQ(TextOf("utter_hi"), TextOf("utter_hi"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
}

TEST_F(ResponsesTest, FillsValuesButNeitherKeysNorElementsNorMetadata) {
  Set("room", "7");
  Say("utter_all", {{.id = "x",
                     .text = "All {room}",
                     .content = Parsed(R"({"image": "i-{room}", "custom": {"{room}": ["{room}", 1, "{gone}"]},
      "elements": [{"title": "{room}"}], "buttons": [{"title": "B {room}"}], "metadata": {"m": "{room}"}})")}});
  Result<std::optional<BotMessage>> said = RenderResponse("utter_all", Choice());
  ASSERT_TRUE(said.ok() && *said);
  EXPECT_EQ((*said)->text, "All 7");
  EXPECT_EQ((*said)->data,
            Parsed(R"({"elements": [{"title": "{room}"}], "quick_replies": null, "buttons": [{"title": "B 7"}],
      "attachment": "i-7", "image": "i-7", "custom": {"{room}": ["7", 1, "{gone}"]}})"));
  EXPECT_EQ((*said)->metadata.Dump(), R"({"id":"x","metadata":{"m":"{room}"},"utter_action":"utter_all"})");
}

TEST_F(ResponsesTest, KeepsConditionAndChannelInTheMetadata) {
  Set("vip", true);
  Say("utter_news", {If("x", {{"vip", true}}, "sms")});
  Result<std::optional<BotMessage>> said = RenderResponse("utter_news", Choice("sms"));
  ASSERT_TRUE(said.ok() && *said);
  EXPECT_EQ((*said)->metadata.Dump(),
            R"({"channel":"sms","condition":[{"type":"slot","name":"vip","value":true}],"utter_action":"utter_news"})");
}

TEST_F(ResponsesTest, NamesTheFirstIdOfTheClassUnlessIdsAreMissingOrTwice) {
  Say("utter_a", {{.id = "1", .text = "x"}, {.id = "2", .text = "y"}, {.text = "z", .channel = "sms"}});
  EXPECT_EQ(ResponseIdForNlg("utter_a", Choice()), "1");
  EXPECT_EQ(ResponseIdForNlg("utter_a", Choice("sms")), std::nullopt);
  Say("utter_a", {{.id = "1", .text = "x"}, {.id = "1", .text = "y"}});
  EXPECT_EQ(ResponseIdForNlg("utter_a", Choice()), std::nullopt);
  EXPECT_EQ(ResponseIdForNlg("utter_b", Choice()), std::nullopt);
}

TEST(OverlayReply, AppendsButtonsReplacesFieldsAndDropsEmptyValues) {
  BotMessage base =
      MakeBotMessage(Parsed(R"({"text": "Owner", "buttons": [{"title": "own"}], "utter_action": "utter_plain"})"));
  BotMessage said =
      OverlayReply(base, Parsed(R"({"response": "utter_plain", "text": "New {owner}", "image": "i.png", "custom": {},
      "elements": [], "attachment": null, "zero": 0, "keep": "yes", "buttons": [{"title": "extra"}]})"));
  EXPECT_EQ(said.text, "New {owner}");
  EXPECT_EQ(said.data,
            Parsed(R"({"elements": null, "quick_replies": null, "buttons": [{"title": "own"}, {"title": "extra"}],
      "attachment": "i.png", "image": "i.png", "custom": null})"));
  EXPECT_EQ(said.metadata.Dump(), R"({"utter_action":"utter_plain","keep":"yes"})");
}

TEST(OverlayReply, StartsFromAnEmptyMessageWithAllSixKeys) {
  BotMessage said = OverlayReply({}, Parsed(R"({"response": null, "text": 5, "image": "i", "attachment": {"a": 1}})"));
  EXPECT_EQ(said.text, "5");
  EXPECT_EQ(said.data.Dump(),
            R"({"elements":null,"quick_replies":null,"buttons":null,"attachment":{"a":1},"image":"i","custom":null})");
}

}  // namespace
}  // namespace greenroom
