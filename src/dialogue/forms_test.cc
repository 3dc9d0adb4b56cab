#include "dialogue/forms.h"

#include <gtest/gtest.h>

#include "dialogue/turn_fixture.h"

namespace greenroom {
namespace {

constexpr const char* kDomain = R"(
version: "3.1"
intents: [book, tell, hours, chat]
entities: [guests, nights]
slots:
  guests: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: guests}]}
  nights: {type: any, influence_conversation: false, mappings: [{type: from_entity, entity: nights}]}
forms:
  booking_form: {required_slots: [guests, nights]}
responses:
  utter_ask_guests: [{text: "How many guests?"}]
  utter_ask_booking_form_nights: [{text: "How many nights?"}]
  utter_ask_nights: [{text: "Nights?"}]
  utter_booked: [{text: "{guests} guests, {nights} nights."}]
  utter_hours: [{text: "Always open."}]
)";

constexpr const char* kRules = R"(
version: "3.1"
rules:
  - rule: open
    steps: [{intent: book}, {action: booking_form}, {active_loop: booking_form}]
  - rule: submit
    condition: [{active_loop: booking_form}]
    steps: [{action: booking_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_booked}]
  - rule: hours
    steps: [{intent: hours}, {action: utter_hours}]
)";

std::string WithActions(const std::string& actions) { return std::string(kDomain) + "actions: [" + actions + "]\n"; }

TEST(Forms, AFormAsksForEachSlotAndThenSubmits) {
  Conversation talk(kDomain, kRules);
  EXPECT_EQ(talk.Say("/book"), "How many guests?");
  EXPECT_EQ(talk.tracker().loop().name, "booking_form");
  EXPECT_EQ(talk.Say("/tell{\"guests\": 2}"), "How many nights?");
  EXPECT_EQ(talk.Say("/tell{\"nights\": 3}"), "2 guests, 3 nights.");
  EXPECT_EQ(talk.Happened(),
            "user, nights=3, booking_form, requested_slot=null, close, utter_booked, bot, action_listen");
}

TEST(Forms, AnOpeningMessageThatKnowsEverythingSubmitsAtOnce) {
  Conversation talk(kDomain, kRules);
  EXPECT_EQ(talk.Say("/book{\"guests\": 2, \"nights\": 1}"), "2 guests, 1 nights.");
  EXPECT_EQ(talk.tracker().loop().name, "");
}

TEST(Forms, AQuestionInBetweenIsAnsweredAndTheFormAsksAgain) {
  Conversation talk(kDomain, kRules);
  talk.Say("/book");
  EXPECT_EQ(talk.Say("/hours"), "Always open. | How many guests?");
  EXPECT_EQ(
      talk.Happened(),
      "user, rejected booking_form, utter_hours, bot, booking_form, requested_slot=\"guests\", bot, action_listen");
}

TEST(Forms, FalseAndZeroAreAnswers) {
  Conversation talk(kDomain, kRules);
  talk.Say("/book");
  EXPECT_EQ(talk.Say("/tell{\"guests\": 0}"), "How many nights?");
}

TEST(Forms, AValidatorReplacesTheAnswerAndMaySpeak) {
  Conversation talk(WithActions("validate_booking_form"), kRules);
  talk.server().Replies("validate_booking_form", "{}");
  talk.server().Replies("validate_booking_form", "{}");
  talk.server().Replies(
      "validate_booking_form",
      R"({"events": [{"event": "slot", "name": "guests", "value": null}], "responses": [{"text": "Too many."}]})");
  talk.Say("/book");
  EXPECT_EQ(talk.server().calls().size(), 2u);
  EXPECT_EQ(talk.Say("/tell{\"guests\": 200}"), "Too many. | How many guests?");
  EXPECT_EQ(talk.server().calls().back().request["tracker"]["slots"]["guests"].AsInt(), 200);
  EXPECT_EQ(talk.Slot("guests"), "null");
}

TEST(Forms, AValidatorChoosesTheNextQuestion) {
  Conversation talk(WithActions("validate_booking_form"), kRules);
  talk.server().Replies("validate_booking_form",
                        R"({"events": [{"event": "slot", "name": "requested_slot", "value": "nights"}]})");
  EXPECT_EQ(talk.Say("/book"), "How many nights?");
}

TEST(Forms, AValidatorEndsTheFormEarly) {
  Conversation talk(WithActions("validate_booking_form"), kRules);
  talk.server().Replies("validate_booking_form", R"({"events": [{"event": "active_loop", "name": null}]})");
  talk.Say("/book");
  EXPECT_EQ(talk.tracker().loop().name, "");
}

TEST(Forms, AValidatorThatFailsLeavesTheFormAsItWas) {
  Conversation talk(WithActions("validate_booking_form"), kRules);
  talk.server().Replies("validate_booking_form", "{}", 500);
  talk.Say("/book");
  EXPECT_NE(talk.Happened().find("failed booking_form action_server_status"), std::string::npos) << talk.Happened();
  EXPECT_EQ(talk.tracker().loop().name, "");
}

TEST(Forms, AnActionOfTheFormAsksFirstThenItsResponseThenTheGeneralOnes) {
  const Domain plain = Conversation(kDomain, kRules).model().domain;
  EXPECT_EQ(QuestionFor(plain, "booking_form", "guests"), "utter_ask_guests");
  EXPECT_EQ(QuestionFor(plain, "booking_form", "nights"), "utter_ask_booking_form_nights");
  EXPECT_EQ(QuestionFor(plain, "booking_form", "colour"), "");
  Conversation talk(WithActions("action_ask_booking_form_nights, action_ask_guests"), kRules);
  EXPECT_EQ(QuestionFor(talk.model().domain, "booking_form", "nights"), "action_ask_booking_form_nights");
  EXPECT_EQ(QuestionFor(talk.model().domain, "booking_form", "guests"), "action_ask_guests");
}

}  // namespace
}  // namespace greenroom
