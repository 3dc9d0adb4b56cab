// The components that learn nothing, each trained on a small source and asked.
#include <gtest/gtest.h>

#include <map>

#include "nlu/count_vectors_featurizer.h"
#include "nlu/duckling_entity_extractor.h"
#include "nlu/entity_synonym_mapper.h"
#include "nlu/fallback_classifier.h"
#include "nlu/keyword_intent_classifier.h"
#include "nlu/pattern_components.h"
#include "nlu/register.h"
#include "nlu/whitespace_tokenizer.h"

namespace greenroom {
namespace {

class Blobs final : public BlobWriter, public BlobReader {
 public:
  void Put(std::string name, std::string bytes) override { blobs_[std::move(name)] = std::move(bytes); }
  Result<std::string_view> Get(std::string_view name) const override {
    const auto found = blobs_.find(name);
    if (found == blobs_.end()) return Error{ErrorCode::kDataLoss, "model_part_missing", "absent"};
    return std::string_view(found->second);
  }

 private:
  std::map<std::string, std::string, std::less<>> blobs_;
};

class ComponentTest : public testing::Test {
 protected:
  // Trains, stores and loads again, so that every test also covers the round trip.
  std::unique_ptr<Component> Make(const ComponentFactory& factory, Json parameters = Json::Object()) {
    ComponentConfig config{.name = factory.spec.name, .parameters = std::move(parameters)};
    TrainContext context{.source = &source_,
                         .parameters = ResolveParameters(factory.spec, config, diagnostics_),
                         .diagnostics = &diagnostics_};
    auto trained = factory.train(context);
    if (!trained.ok()) {
      failure_ = trained.error().reason;
      return nullptr;
    }
    (*trained)->Save(blobs_);
    auto loaded = factory.load(context.parameters, blobs_);
    EXPECT_TRUE(loaded.ok());
    return std::move(loaded).value();
  }

  std::string IntentOf(const Component& component, std::string text) {
    MessageState message{.text = std::move(text)};
    component.Process(message);
    return message.parse.intent.name;
  }

  void AddExample(std::string intent, std::string text, std::vector<Entity> entities = {}) {
    source_.data.nlu.examples.push_back(
        {.text = std::move(text), .intent = std::move(intent), .entities = std::move(entities)});
  }

  std::string Codes() const {
    std::string codes;
    for (const Diagnostic& diagnostic : diagnostics_.items()) codes += diagnostic.code + " ";
    return codes;
  }

  Source source_;
  Diagnostics diagnostics_;
  Blobs blobs_;
  std::string failure_;
};

TEST_F(ComponentTest, TheFirstKeywordOfTheDataDecides) {
  AddExample("leave", "bye");
  AddExample("greet", "hello");
  AddExample("greet", "good (morning|evening)");
  const auto keywords = Make(KeywordIntentClassifierFactory());
  EXPECT_EQ(IntentOf(*keywords, "hello and bye"), "leave");
  EXPECT_EQ(IntentOf(*keywords, "well hello"), "greet");
  EXPECT_EQ(IntentOf(*keywords, "good evening all"), "greet");
  EXPECT_EQ(IntentOf(*keywords, "hellos"), "");
  EXPECT_EQ(IntentOf(*keywords, "Hello"), "");
}

TEST_F(ComponentTest, KeywordsCanIgnoreCase) {
  AddExample("greet", "Hello");
  EXPECT_EQ(IntentOf(*Make(KeywordIntentClassifierFactory(), Json::Object({{"case_sensitive", false}})), "HELLO"),
            "greet");
}

TEST_F(ComponentTest, AKeywordOfTwoIntentsIsUsedForNeither) {
  AddExample("greet", "hi");
  AddExample("leave", "hi");
  AddExample("leave", "bye (");
  EXPECT_EQ(IntentOf(*Make(KeywordIntentClassifierFactory()), "hi"), "");
  EXPECT_EQ(Codes(), "N103 N104 ");
}

TEST_F(ComponentTest, AKeywordInsideOneOfAnotherIntentIsDropped) {
  AddExample("open", "open");
  AddExample("open", "unlock");
  AddExample("shut", "open and shut");
  AddExample("shut", "shut");
  const auto keywords = Make(KeywordIntentClassifierFactory());
  EXPECT_EQ(IntentOf(*keywords, "open"), "");
  EXPECT_EQ(IntentOf(*keywords, "unlock"), "open");
  EXPECT_EQ(IntentOf(*keywords, "shut"), "shut");
  EXPECT_EQ(Codes(), "N103 ");
}

TEST_F(ComponentTest, WithoutAKeywordAnEarlierPredictionStays) {
  AddExample("greet", "hi");
  MessageState message{.text = "so what"};
  message.parse.intent = {"earlier", 0.4};
  Make(KeywordIntentClassifierFactory())->Process(message);
  EXPECT_EQ(message.parse.intent.name, "earlier");
}

TEST_F(ComponentTest, FallbackComesBelowTheThreshold) {
  const auto fallback = Make(FallbackClassifierFactory(), Json::Object({{"threshold", 0.8}}));
  MessageState message;
  message.parse.intent = {"greet", 0.7};
  message.parse.ranking = {{"greet", 0.7}, {"leave", 0.1}};
  fallback->Process(message);
  EXPECT_EQ(message.parse.intent.name, "nlu_fallback");
  EXPECT_EQ(message.parse.intent.confidence, 0.8);
  ASSERT_EQ(message.parse.ranking.size(), 3u);
  EXPECT_EQ(message.parse.ranking[0].name, "nlu_fallback");
}

TEST_F(ComponentTest, FallbackComesWhenTwoIntentsAreClose) {
  const auto fallback = Make(FallbackClassifierFactory());
  MessageState close;
  close.parse.intent = {"greet", 0.50};
  close.parse.ranking = {{"greet", 0.50}, {"leave", 0.45}};
  fallback->Process(close);
  EXPECT_EQ(close.parse.intent.name, "nlu_fallback");
  MessageState sure;
  sure.parse.intent = {"greet", 0.9};
  sure.parse.ranking = {{"greet", 0.9}, {"leave", 0.05}};
  fallback->Process(sure);
  EXPECT_EQ(sure.parse.intent.name, "greet");
}

TEST_F(ComponentTest, FallbackWithoutARankingMakesNone) {
  MessageState message;
  Make(FallbackClassifierFactory())->Process(message);
  EXPECT_EQ(message.parse.intent.name, "nlu_fallback");
  EXPECT_TRUE(message.parse.ranking.empty());
}

TEST_F(ComponentTest, SynonymsReplaceValuesWhateverTheCase) {
  source_.data.nlu.synonyms = {{"nyc", "New York"}, {"NYC", "New York City"}, {"same", "same"}};
  MessageState message;
  message.parse.entities = {
      {.entity = "city", .value = "Nyc"}, {.entity = "city", .value = "Oslo"}, {.entity = "n", .value = 5}};
  Make(EntitySynonymMapperFactory())->Process(message);
  EXPECT_EQ(message.parse.entities[0].value.AsString(), "New York City");
  EXPECT_EQ(message.parse.entities[0].processors, std::vector<std::string>{"EntitySynonymMapper"});
  EXPECT_EQ(message.parse.entities[1].value.AsString(), "Oslo");
  EXPECT_TRUE(message.parse.entities[1].processors.empty());
  EXPECT_EQ(message.parse.entities[2].value.AsInt(), 5);
  EXPECT_EQ(Codes(), "N105 ");
}

TEST_F(ComponentTest, OnlyPatternsOfAnnotatedEntitiesAreExtracted) {
  AddExample("book", "to Rome", {{.entity = "city", .start = 3, .end = 7}, {.entity = "zip", .start = 0, .end = 1}});
  source_.data.nlu.regexes = {{"zip", R"(\b\d{5}\b)"}, {"other", "to"}};
  source_.data.nlu.lookups = {{"city", {"Oslo"}}, {"city", {"Köln"}}};
  MessageState message{.text = "ab köln 50667 to OSLO"};
  Make(RegexEntityExtractorFactory())->Process(message);
  ASSERT_EQ(message.parse.entities.size(), 3u);
  EXPECT_EQ(message.parse.entities[0].entity, "zip");
  EXPECT_EQ(message.parse.entities[1].value.AsString(), "köln");
  EXPECT_EQ(message.parse.entities[1].start, 3);
  EXPECT_EQ(message.parse.entities[2].value.AsString(), "OSLO");
  EXPECT_EQ(message.parse.entities[2].extractor, "RegexEntityExtractor");
  EXPECT_FALSE(message.parse.entities[2].confidence);
}

TEST_F(ComponentTest, AnExtractorWithoutPatternsWarns) {
  EXPECT_NE(Make(RegexEntityExtractorFactory()), nullptr);
  EXPECT_EQ(Codes(), "N102 ");
}

TEST_F(ComponentTest, ABadRegexStopsTrainingWithItsPlace) {
  source_.data.nlu.regexes = {{.name = "zip", .pattern = "(", .span = {.file = "nlu.yml", .line = 7}}};
  EXPECT_EQ(Make(RegexFeaturizerFactory()), nullptr);
  EXPECT_EQ(failure_, "pattern_invalid");
  EXPECT_EQ(Codes(), "N101 ");
  EXPECT_EQ(diagnostics_.items()[0].span.line, 7);
}

TEST_F(ComponentTest, PatternsMarkTheTokensTheyTouch) {
  source_.data.nlu.regexes = {{"zip", R"(\d{5})"}};
  source_.data.nlu.lookups = {{"city", {"New York"}}};
  MessageState message{.text = "in New York 10001"};
  Make(WhitespaceTokenizerFactory())->Process(message);
  Make(RegexFeaturizerFactory())->Process(message);
  ASSERT_EQ(message.tokens.size(), 4u);
  EXPECT_TRUE(message.tokens[0].patterns.empty());
  EXPECT_EQ(message.tokens[1].patterns, std::vector<uint32_t>{1});
  EXPECT_EQ(message.tokens[2].patterns, std::vector<uint32_t>{1});
  EXPECT_EQ(message.tokens[3].patterns, std::vector<uint32_t>{0});
  EXPECT_EQ(message.extra_features.size(), 2u);
}

MessageState Featurized(const Component& featurizer, std::string text) {
  MessageState message{.text = std::move(text)};
  featurizer.Process(message);
  return message;
}

TEST_F(ComponentTest, WordsGivePairsWithTheEndsOfTheTextUnlessNarrowed) {
  const auto wide = Make(CountVectorsFeaturizerFactory());
  EXPECT_EQ(Featurized(*wide, "a b").word_features.size(), 2u + 3u);
  EXPECT_EQ(Featurized(*wide, "A, b!").word_features, Featurized(*wide, "a b").word_features);
  EXPECT_EQ(Featurized(*wide, "...").word_features.size(), 0u);
  EXPECT_EQ(Featurized(*wide, "房间").word_features.size(), 2u + 3u);
  const auto narrow = Make(CountVectorsFeaturizerFactory(), Json::Object({{"max_ngram", 1}}));
  EXPECT_EQ(Featurized(*narrow, "a b").word_features.size(), 2u);
}

TEST_F(ComponentTest, CharactersWithinWordsAreOurRangeForRasasSuggestion) {
  const auto ours = Make(CountVectorsFeaturizerFactory(),
                         Json::Object({{"analyzer", "char_wb"}, {"min_ngram", 1}, {"max_ngram", 4}}));
  EXPECT_EQ(Featurized(*ours, "abc").char_features.size(), 4u + 3u + 2u + 1u);  // of " abc ": 2, 3, 4, 5 long
  const auto own = Make(CountVectorsFeaturizerFactory(),
                        Json::Object({{"analyzer", "char_wb"}, {"min_ngram", 2}, {"max_ngram", 2}}));
  EXPECT_EQ(Featurized(*own, "abc").char_features.size(), 4u);
  const auto text =
      Make(CountVectorsFeaturizerFactory(), Json::Object({{"analyzer", "char"}, {"min_ngram", 1}, {"max_ngram", 1}}));
  EXPECT_EQ(Featurized(*text, "a  b").char_features.size(), 3u);
}

TEST_F(ComponentTest, CaseCanBeKept) {
  const auto cased = Make(CountVectorsFeaturizerFactory(), Json::Object({{"lowercase", false}}));
  EXPECT_NE(Featurized(*cased, "A").word_features, Featurized(*cased, "a").word_features);
}

TEST_F(ComponentTest, DucklingWithoutAWayToAskWarnsAndFindsNothing) {
  const auto duckling = Make(DucklingEntityExtractorFactory({}), Json::Object({{"url", "http://localhost:8000"}}));
  EXPECT_TRUE(Featurized(*duckling, "tomorrow").parse.entities.empty());
  EXPECT_EQ(Codes(), "N106 ");
}

TEST_F(ComponentTest, DucklingAnswersBecomeEntitiesOfTheWantedDimensions) {
  DucklingQuery asked;
  const auto fetch = [&asked](const DucklingQuery& query) -> Result<std::string> {
    asked = query;
    return std::string(
        R"([{"dim":"time","body":"from 1 to 2","start":0,"end":11,"value":{"type":"interval","from":{"value":"1"},"to":{"value":"2"}}},)"
        R"({"dim":"number","body":"1","start":5,"end":6,"value":{"type":"value","value":1}}])");
  };
  const auto duckling = Make(DucklingEntityExtractorFactory(fetch),
                             Json::Object({{"url", "http://d"}, {"dimensions", Json::List({"time"})}}));
  const MessageState message = Featurized(*duckling, "from 1 to 2");
  ASSERT_EQ(message.parse.entities.size(), 1u);
  EXPECT_EQ(message.parse.entities[0].value.Dump(), R"({"from":"1","to":"2"})");
  EXPECT_EQ(asked.url, "http://d/parse");
  EXPECT_EQ(asked.form, "text=from%201%20to%202&locale=en_US&dims=%5B%22time%22%5D");
}

TEST_F(ComponentTest, ADeadDucklingMeansNoEntities) {
  const auto fetch = [](const DucklingQuery&) -> Result<std::string> {
    return Error{ErrorCode::kUnavailable, "unreachable", "no"};
  };
  EXPECT_TRUE(Featurized(*Make(DucklingEntityExtractorFactory(fetch), Json::Object({{"url", "http://d"}})), "x")
                  .parse.entities.empty());
}

TEST_F(ComponentTest, AllComponentsAreRegisteredUnderTheirNames) {
  ComponentRegistry registry;
  RegisterNluComponents(registry);
  for (const char* name :
       {"WhitespaceTokenizer", "RegexFeaturizer", "LexicalSyntacticFeaturizer", "CountVectorsFeaturizer",
        "DIETClassifier", "LogisticRegressionClassifier", "KeywordIntentClassifier", "FallbackClassifier",
        "CRFEntityExtractor", "RegexEntityExtractor", "DucklingEntityExtractor", "EntitySynonymMapper",
        "ResponseSelector"}) {
    EXPECT_NE(registry.Find(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace greenroom
