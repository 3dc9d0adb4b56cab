#include "nlu/intent_classifier.h"

#include <gtest/gtest.h>

#include "nlu/learning_test_support.h"
#include "pipeline/progress_test_support.h"

namespace greenroom {
namespace {

struct Case {
  const char* intent;
  const char* text;
};

// A bot in four languages, as small as bots begin.
constexpr Case kTraining[] = {{"greet", "hello"},
                              {"greet", "hi there"},
                              {"greet", "good morning"},
                              {"greet", "hallo"},
                              {"greet", "guten Morgen"},
                              {"greet", "привет"},
                              {"greet", "добрый день"},
                              {"greet", "你好"},
                              {"greet", "早上好"},
                              {"goodbye", "bye"},
                              {"goodbye", "see you later"},
                              {"goodbye", "good bye"},
                              {"goodbye", "tschüss"},
                              {"goodbye", "bis später"},
                              {"goodbye", "до свидания"},
                              {"goodbye", "пока"},
                              {"goodbye", "再见"},
                              {"book", "i want to book a room"},
                              {"book", "please reserve a double room"},
                              {"book", "can i get a room for two nights"},
                              {"book", "ich möchte ein Zimmer buchen"},
                              {"book", "ein Zimmer für zwei Nächte bitte"},
                              {"book", "я хочу забронировать номер"},
                              {"book", "我想预订一个房间"},
                              {"book", "订一个双人房间"},
                              {"price", "how much is a room"},
                              {"price", "what does it cost"},
                              {"price", "what is the price per night"},
                              {"price", "was kostet ein Zimmer"},
                              {"price", "wie teuer ist das"},
                              {"price", "сколько стоит номер"},
                              {"price", "多少钱"},
                              {"price", "价格是多少"}};
constexpr Case kUnseen[] = {{"greet", "hello there"},      {"greet", "good morning everyone"},
                            {"greet", "Hallo!"},           {"greet", "привет всем"},
                            {"greet", "你好啊"},           {"goodbye", "bye bye"},
                            {"goodbye", "see you"},        {"goodbye", "tschüss dann"},
                            {"goodbye", "пока пока"},      {"book", "book a room please"},
                            {"book", "ein Zimmer buchen"}, {"book", "забронировать номер"},
                            {"book", "预订房间"},          {"price", "what is the price"},
                            {"price", "was kostet das"},   {"price", "сколько стоит"},
                            {"price", "价格多少钱"}};

// Everything a classifier says about a message, with all digits.
Json Told(const Parse& parse) {
  Json told = Json::List();
  for (const IntentScore& score : parse.ranking) told.Append(Json::List({score.name, *score.confidence}));
  for (const Entity& entity : parse.entities) {
    told.Append(
        Json::List({entity.entity, entity.value, entity.start, entity.end, entity.extractor, *entity.confidence}));
  }
  return told;
}

class IntentClassifierTest : public testing::Test {
 protected:
  void AddAll() {
    for (const Case& item : kTraining) bench_.source.data.nlu.examples.push_back(Annotated(item.intent, item.text));
  }
  // Enough examples for the nets, with two entity types.
  void AddMany() {
    const char* const cities[] = {"Rome", "Paris", "Oslo", "Lima", "Cairo", "Delhi", "Quito", "Berlin"};
    const char* const foods[] = {"pizza", "rice", "soup", "bread", "cake", "fish"};
    for (int i = 0; i < 520; ++i) {
      const std::string city = cities[i % 8], food = foods[i / 8 % 6], number = std::to_string(i);
      bench_.source.data.nlu.examples.push_back(
          i % 2 == 0 ? Annotated("travel", "take me to [" + city + "](city) at " + number)
                     : Annotated("eat", "bring " + number + " of [" + food + "](food) in [" + city + "](city)"));
    }
  }
  std::unique_ptr<Component> Trained(const ComponentFactory& factory, Json parameters = Json::Object()) {
    return std::move(bench_.Train(factory, std::move(parameters))).value();
  }
  LearningBench bench_;
};

TEST_F(IntentClassifierTest, UnseenSentencesInFourLanguagesGetTheirIntent) {
  AddAll();
  for (const ComponentFactory& factory : {DietClassifierFactory(), LogisticRegressionFactory()}) {
    const auto classifier = Trained(factory);
    int right = 0;
    for (const Case& item : kUnseen)
      right += bench_.ParseWith(*classifier, item.text).intent.name == item.intent ? 1 : 0;
    EXPECT_GE(right, 14) << factory.spec.name;
  }
}

TEST_F(IntentClassifierTest, TheSameDataGivesTheSameBytesOnAnyNumberOfThreads) {
  AddMany();
  bench_.parallel_for = OnThreads(1);
  Trained(DietClassifierFactory());
  const auto one = bench_.blobs.blobs;
  bench_.parallel_for = OnThreads(4);
  Trained(DietClassifierFactory());
  EXPECT_EQ(one, bench_.blobs.blobs);
  EXPECT_GT(one.at("intents").size(), 1000u);
  EXPECT_GT(one.at("entities").size(), 1000u);
}

TEST_F(IntentClassifierTest, AnotherSeedGivesOtherBytes) {
  AddMany();
  Trained(DietClassifierFactory());
  const auto before = bench_.blobs.blobs;
  Trained(DietClassifierFactory(), Json::Object({{"random_seed", 7}}));
  EXPECT_NE(before, bench_.blobs.blobs);
}

TEST_F(IntentClassifierTest, ALoadedModelAnswersAsTheTrainedOne) {
  AddMany();
  const auto trained = Trained(DietClassifierFactory());
  const auto loaded = std::move(bench_.Load(DietClassifierFactory())).value();
  for (const char* text : {"take me to Oslo at 900", "bring 3 of cake in Lima", "what?", "Paris Paris"}) {
    EXPECT_EQ(Told(bench_.ParseWith(*trained, text)), Told(bench_.ParseWith(*loaded, text))) << text;
  }
  const Parse parse = bench_.ParseWith(*loaded, "bring 3 of cake in Lima");
  EXPECT_EQ(parse.intent.name, "eat");
  ASSERT_EQ(parse.entities.size(), 2u);
  EXPECT_EQ(parse.entities[0].value, Json("cake"));
  EXPECT_EQ(parse.entities[1].entity, "city");
  EXPECT_EQ(parse.entities[1].extractor, "DIETClassifier");
}

TEST_F(IntentClassifierTest, DamagedBlobsAreRefusedOrHarmless) {
  for (int i = 0; i < 8; ++i)
    bench_.source.data.nlu.examples.push_back(Annotated(i % 2 ? "a" : "b", i % 2 ? "go to [Rome](city)" : "stay here"));
  Trained(DietClassifierFactory());
  const MemoryBlobs whole = bench_.blobs;
  for (const char* name : {"intents", "entities"}) {
    const std::string& bytes = whole.blobs.at(name);
    for (size_t cut = 1; cut < bytes.size(); cut += 1 + bytes.size() / 97) {
      bench_.blobs = whole;
      bench_.blobs.blobs[name] = bytes.substr(0, cut);
      EXPECT_FALSE(bench_.Load(DietClassifierFactory()).ok()) << name << " cut at " << cut;
    }
    for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 499) {
      bench_.blobs = whole;
      bench_.blobs.blobs[name][at] = static_cast<char>(bytes[at] ^ 0xFF);
      auto loaded = bench_.Load(DietClassifierFactory());
      if (loaded.ok()) bench_.ParseWith(**loaded, "go to Rome");
    }
  }
}

TEST_F(IntentClassifierTest, AnOnlyIntentIsAlwaysPredicted) {
  bench_.source.data.nlu.examples.push_back(Annotated("greet", "hello"));
  const auto classifier = Trained(DietClassifierFactory());
  const Parse parse = bench_.ParseWith(*classifier, "something else");
  EXPECT_EQ(parse.intent.name, "greet");
  EXPECT_DOUBLE_EQ(*parse.intent.confidence, 1.0);
}

TEST_F(IntentClassifierTest, WithoutExamplesNothingIsPredicted) {
  const auto classifier = Trained(DietClassifierFactory());
  const Parse parse = bench_.ParseWith(*classifier, "hello");
  EXPECT_EQ(parse.intent.name, "");
  EXPECT_TRUE(parse.entities.empty());
}

TEST_F(IntentClassifierTest, AnEmptyMessageHasNoIntent) {
  AddAll();
  const auto classifier = Trained(DietClassifierFactory());
  const Parse parse = bench_.ParseWith(*classifier, "");
  EXPECT_EQ(parse.intent.name, "");
  EXPECT_DOUBLE_EQ(*parse.intent.confidence, 0.0);
  EXPECT_TRUE(parse.ranking.empty());
}

TEST_F(IntentClassifierTest, TheRankingHasTheAskedLengthAndFalls) {
  AddAll();
  const auto classifier = Trained(DietClassifierFactory(), Json::Object({{"ranking_length", 2}}));
  const Parse parse = bench_.ParseWith(*classifier, "hello");
  ASSERT_EQ(parse.ranking.size(), 2u);
  EXPECT_EQ(parse.ranking[0].name, "greet");
  EXPECT_GE(*parse.ranking[0].confidence, *parse.ranking[1].confidence);
}

TEST_F(IntentClassifierTest, SeveralIntentsInOneLabelAreOneClass) {
  AddAll();
  for (const char* text : {"hello how much is a room", "hi what does it cost", "good morning what is the price"}) {
    bench_.source.data.nlu.examples.push_back(Annotated("greet+price", text));
  }
  const auto classifier = Trained(DietClassifierFactory());
  EXPECT_EQ(bench_.ParseWith(*classifier, "hello what is the price").intent.name, "greet+price");
}

TEST_F(IntentClassifierTest, TrainingReportsHeldOutQuantiles) {
  AddAll();
  Trained(DietClassifierFactory());
  const Json& measured = bench_.metrics["intents"];
  EXPECT_GT(measured["accuracy"].AsDouble(), 0.3);
  EXPECT_LE(measured["max_probability"]["0.01"].AsDouble(), measured["max_probability"]["0.1"].AsDouble());
  EXPECT_GE(measured["entropy"]["0.01"].AsDouble(), measured["entropy"]["0.1"].AsDouble());
  EXPECT_GE(measured["temperature"].AsDouble(), 0.5);
}

TEST_F(IntentClassifierTest, ACancelledTrainingSaysSo) {
  AddMany();
  RecordedProgress progress;
  bench_.progress = &progress;
  for (const size_t reports : {0u, 5u, 40u}) {  // at once, among the linear models, among nets and entities
    progress.cancel_after = progress.count() + reports;
    const auto trained = bench_.Train(DietClassifierFactory());
    ASSERT_FALSE(trained.ok());
    EXPECT_EQ(trained.error().reason, "training_cancelled");
    EXPECT_EQ(progress.count(), progress.cancel_after);
  }
}

TEST_F(IntentClassifierTest, ProgressRisesWithTheEpochsOfAllModels) {
  AddMany();
  RecordedProgress progress;
  bench_.progress = &progress;
  bench_.parallel_for = OnThreads(4);
  Trained(DietClassifierFactory());
  EXPECT_TRUE(progress.NeverFalls());
  EXPECT_NEAR(progress.last(), 1, 1e-9);
  EXPECT_GE(progress.count(), 12u + 3 * 8 + 2 * 15 + 8);  // epochs of linear model, folds, nets, entity model
  EXPECT_EQ(progress.records().front().first, "linear models");
  EXPECT_EQ(progress.records().back().first, "nets and entities");
}

TEST_F(IntentClassifierTest, IntentsAndEntitiesCanBeSwitchedOff) {
  AddMany();
  const auto entities_only = Trained(DietClassifierFactory(), Json::Object({{"intent_classification", false}}));
  const Parse entities = bench_.ParseWith(*entities_only, "take me to Oslo at 5");
  EXPECT_EQ(entities.intent.name, "");
  EXPECT_EQ(entities.entities.size(), 1u);
  const auto intents_only = Trained(DietClassifierFactory(), Json::Object({{"entity_recognition", false}}));
  const Parse intents = bench_.ParseWith(*intents_only, "take me to Oslo at 5");
  EXPECT_EQ(intents.intent.name, "travel");
  EXPECT_TRUE(intents.entities.empty());
}

}  // namespace
}  // namespace greenroom
