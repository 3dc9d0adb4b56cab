#include "evaluation/classification_report.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(ClassificationReport, NothingToCompareIsAnEmptyReport) {
  const ClassificationReport report = MakeReport({}, {}, "");
  EXPECT_TRUE(report.empty());
  EXPECT_EQ(report.ToJson(true).Dump(), "{}");
  EXPECT_TRUE(MakeReport({"no_entity"}, {"city"}, "no_entity").empty());
}

TEST(ClassificationReport, LabelsComeInTheOrderInWhichTheTruthNamesThem) {
  const ClassificationReport report = MakeReport({"greet", "bye", "greet"}, {"greet", "bye", "greet"}, "");
  ASSERT_EQ(report.labels.size(), 2u);
  EXPECT_EQ(report.labels[0].label, "greet");
  EXPECT_EQ(report.labels[0].figures.support, 2u);
  EXPECT_EQ(report.ToJson(true).Dump(),
            R"({"greet":{"precision":1.0,"recall":1.0,"f1-score":1.0,"support":2,"confused_with":{}},)"
            R"("bye":{"precision":1.0,"recall":1.0,"f1-score":1.0,"support":1,"confused_with":{}},"accuracy":1.0,)"
            R"("macro avg":{"precision":1.0,"recall":1.0,"f1-score":1.0,"support":3},)"
            R"("weighted avg":{"precision":1.0,"recall":1.0,"f1-score":1.0,"support":3},)"
            R"("micro avg":{"precision":1.0,"recall":1.0,"f1-score":1.0,"support":3}})");
}

TEST(ClassificationReport, ALabelThatIsNeverPredictedHasZerosAndSaysWhatItIsTakenFor) {
  const ClassificationReport report = MakeReport({"greet", "bye", "bye"}, {"greet", "greet", "greet"}, "");
  const LabelFigures& bye = report.labels[1];
  EXPECT_EQ(bye.figures.precision, 0);
  EXPECT_EQ(bye.figures.recall, 0);
  EXPECT_EQ(bye.figures.f1, 0);
  EXPECT_EQ(bye.figures.support, 2u);
  ASSERT_EQ(bye.confused_with.size(), 1u);
  EXPECT_EQ(bye.confused_with[0], (std::pair<std::string, size_t>{"greet", 2}));
  EXPECT_NEAR(report.labels[0].figures.precision, 1.0 / 3, 1e-12);
  EXPECT_NEAR(report.macro.f1, 0.25, 1e-12);
  EXPECT_NEAR(report.weighted.recall, 1.0 / 3, 1e-12);
}

TEST(ClassificationReport, ALabelThatIsOnlyPredictedHasNoRowButCounts) {
  const ClassificationReport report = MakeReport({"greet", "bye"}, {"greet", "nlu_fallback"}, "");
  ASSERT_EQ(report.labels.size(), 2u);
  EXPECT_EQ(report.accuracy, 0.5);
  EXPECT_EQ(report.micro.precision, 1.0);  // of what was said about the labels, all was right
  EXPECT_EQ(report.micro.recall, 0.5);
  EXPECT_EQ(report.labels[1].confused_with[0].first, "nlu_fallback");
  // The averages then stand before the accuracy.
  std::string keys;
  const Json json = report.ToJson(false);
  for (const auto& [name, value] : json.members()) keys += name + ";";
  EXPECT_EQ(keys, "greet;bye;micro avg;macro avg;weighted avg;accuracy;");
}

TEST(ClassificationReport, TheExcludedLabelCountsForTheAccuracyOnly) {
  const ClassificationReport report =
      MakeReport({"no_entity", "city", "no_entity"}, {"no_entity", "city", "city"}, "no_entity");
  ASSERT_EQ(report.labels.size(), 1u);
  EXPECT_EQ(report.labels[0].figures.precision, 0.5);
  EXPECT_EQ(report.labels[0].figures.recall, 1.0);
  EXPECT_TRUE(report.labels[0].confused_with.empty());
  EXPECT_NEAR(report.accuracy, 2.0 / 3, 1e-12);
}

TEST(ClassificationReport, OnlyTheThreeLargestCellsOfARowAreNamed) {
  const std::vector<std::string> truth(10, "a");
  const ClassificationReport report = MakeReport(truth, {"a", "a", "a", "b", "b", "b", "c", "c", "d", "e"}, "");
  ASSERT_EQ(report.labels[0].confused_with.size(), 2u);
  EXPECT_EQ(report.labels[0].confused_with[0], (std::pair<std::string, size_t>{"b", 3}));
  EXPECT_EQ(report.labels[0].confused_with[1], (std::pair<std::string, size_t>{"c", 2}));
}

TEST(ConfusionMatrix, RowsAreTheTruthAndColumnsThePredictions) {
  const ConfusionMatrix matrix = MakeConfusionMatrix({"b", "b", "a"}, {"a", "b", "c"});
  EXPECT_EQ(matrix.labels, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(matrix.cells, (std::vector<std::vector<size_t>>{{0, 0, 1}, {1, 1, 0}, {0, 0, 0}}));
}

}  // namespace
}  // namespace greenroom
