// Entities through CRFEntityExtractor, and the response selector's shape.
#include <gtest/gtest.h>

#include "nlu/crf_extractor.h"
#include "nlu/learning_test_support.h"
#include "nlu/response_selector.h"

namespace greenroom {
namespace {

class EntityExtractionTest : public testing::Test {
 protected:
  void Add(std::initializer_list<const char*> lines) {
    for (const char* line : lines) bench_.source.data.nlu.examples.push_back(Annotated("any", line));
  }
  void AddFlights() {
    for (const char* from : {"Rome", "Paris", "Oslo", "Lima", "Zürich", "São Paulo"}) {
      for (const char* to : {"Berlin", "Madrid", "New York", "Kyiv"}) {
        Add({("fly from [" + std::string(from) + "](city:origin) to [" + to + "](city:target)").c_str()});
      }
      Add({("is it warm in [" + std::string(from) + "](city) today").c_str(), "what is the weather today"});
    }
  }
  std::vector<Entity> Find(const std::string& text, Json parameters = Json::Object()) {
    const auto component = std::move(bench_.Train(CrfExtractorFactory(), std::move(parameters))).value();
    return bench_.ParseWith(*component, text).entities;
  }
  LearningBench bench_;
};

TEST_F(EntityExtractionTest, UnseenNamesInKnownPlacesAreFoundWithTheirRoles) {
  AddFlights();
  const std::vector<Entity> found = Find("fly from Lisbon to New Delhi");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].value, Json("Lisbon"));
  EXPECT_EQ(found[0].role, "origin");
  EXPECT_EQ(found[1].value, Json("New Delhi"));
  EXPECT_EQ(found[1].role, "target");
  EXPECT_EQ(found[1].extractor, "CRFEntityExtractor");
  EXPECT_GT(*found[1].confidence, 0.2);
  EXPECT_LE(*found[1].confidence, 1.0);
}

TEST_F(EntityExtractionTest, OffsetsCountCharactersNotBytes) {
  AddFlights();
  const std::vector<Entity> found = Find("fly from Zürich to São Paulo");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].start, 9);
  EXPECT_EQ(found[0].end, 15);
  EXPECT_EQ(found[1].start, 19);
  EXPECT_EQ(found[1].end, 28);
  EXPECT_EQ(found[1].value, Json("São Paulo"));
}

TEST_F(EntityExtractionTest, SentencesWithoutEntitiesStayEmpty) {
  AddFlights();
  EXPECT_TRUE(Find("what is the weather today").empty());
  EXPECT_TRUE(Find("").empty());
}

TEST_F(EntityExtractionTest, WithoutAnnotationsNothingIsLearnt) {
  Add({"hello there", "good bye"});
  EXPECT_TRUE(Find("hello").empty());
  EXPECT_EQ(bench_.blobs.blobs.at("entities"), "");
}

TEST_F(EntityExtractionTest, ACommaSplitsUnlessTheAnnotationsHoldCommas) {
  Add({"we speak [french](language) and [german](language)", "we speak [greek](language)",
       "i speak [latin](language) at home", "on [May 3, 2030](date) we leave", "on [June 14, 2031](date) we leave",
       "on [March 1, 2029](date) we leave"});
  const std::vector<Entity> dates = Find("on May 14, 2029 we leave");
  ASSERT_EQ(dates.size(), 1u);
  EXPECT_EQ(dates[0].value, Json("May 14, 2029"));
  for (const Entity& language : Find("we speak french, german"))
    EXPECT_EQ(language.value.AsString().find(','), std::string::npos);
}

TEST_F(EntityExtractionTest, TheResponseSelectorAnswersInRasasShape) {
  const auto add = [&](const char* key, const char* text) {
    bench_.source.data.nlu.examples.push_back({.text = text, .intent = "faq", .response_key = key});
  };
  add("faq/hours", "when do you open");
  add("faq/hours", "what are your opening hours");
  add("faq/price", "what does a room cost");
  add("faq/price", "how much is the room");
  bench_.source.data.nlu.examples.push_back({.text = "hello", .intent = "greet"});
  bench_.source.domain.responses["utter_faq/hours"] = {{.text = "From 8 to 18."}};
  const auto selector = std::move(bench_.Train(ResponseSelectorFactory())).value();
  const auto loaded = std::move(bench_.Load(ResponseSelectorFactory())).value();
  const Json answer = bench_.ParseWith(*loaded, "when are your opening hours").response_selector;
  EXPECT_EQ(answer, bench_.ParseWith(*selector, "when are your opening hours").response_selector);
  EXPECT_EQ(answer["all_retrieval_intents"], Json::List({"faq"}));
  const Json& response = answer["default"]["response"];
  EXPECT_EQ(response["intent_response_key"], Json("faq/hours"));
  EXPECT_EQ(response["utter_action"], Json("utter_faq/hours"));
  EXPECT_EQ(response["responses"], Json::List({Json::Object({{"text", "From 8 to 18."}})}));
  EXPECT_GT(response["confidence"].AsDouble(), 0.5);
  EXPECT_EQ(answer["default"]["ranking"].size(), 2u);
}

TEST_F(EntityExtractionTest, AResponseSelectorOfOneIntentUsesItsNameAsKey) {
  bench_.source.data.nlu.examples = {{.text = "who are you", .intent = "chat", .response_key = "chat/name"},
                                     {.text = "when do you open", .intent = "faq", .response_key = "faq/hours"}};
  const auto selector =
      std::move(bench_.Train(ResponseSelectorFactory(), Json::Object({{"retrieval_intent", "chat"}}))).value();
  const Json answer = bench_.ParseWith(*selector, "when do you open").response_selector;
  EXPECT_EQ(answer["chat"]["response"]["intent_response_key"], Json("chat/name"));
  EXPECT_EQ(answer["default"], Json());
}

}  // namespace
}  // namespace greenroom
