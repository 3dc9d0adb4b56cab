#include "evaluation/plots.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "evaluation/report_files.h"

namespace greenroom {
namespace {

TEST(Plots, ADrawingIsAPngOfItsSize) {
  Drawing drawing(40, 30);
  drawing.Add(Drawing::Box{1, 1, 5, 5, {255, 0, 0}});
  drawing.Add(Drawing::Text{.x = 10, .y = 10, .text = "ab"});
  const std::string png = drawing.ToPng();
  EXPECT_TRUE(png.starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(png.substr(12, 4), "IHDR");
  EXPECT_EQ(png[19], 40);
  EXPECT_EQ(png[23], 30);
  EXPECT_NE(png.find("IEND"), std::string::npos);
}

TEST(Plots, TextsOfUsersCannotBreakOutOfAnSvg) {
  const ConfusionMatrix matrix = MakeConfusionMatrix({"<script>&\""}, {"<script>&\""});
  const std::string svg = DrawConfusionMatrix(matrix, "t").ToSvg();
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;script&gt;&amp;&quot;"), std::string::npos);
}

TEST(Plots, NothingAtAllIsStillADrawing) {
  EXPECT_FALSE(DrawConfusionMatrix({}, "empty").ToPng().empty());
  EXPECT_FALSE(DrawHistogram({}, "empty").ToSvg().empty());
}

TEST(Plots, AMatrixOfHundredsOfLabelsShowsThoseThatWereMistakenMost) {
  std::vector<std::string> truth, predicted;
  for (int i = 0; i < 300; ++i) truth.push_back("label_" + std::to_string(i));
  predicted = truth;
  std::swap(predicted[7], predicted[8]);
  const Drawing drawing = DrawConfusionMatrix(MakeConfusionMatrix(truth, predicted), "many");
  EXPECT_LT(drawing.width(), 2000);
  EXPECT_NE(drawing.ToSvg().find(">label_7<"), std::string::npos);
}

TEST(ReportFolder, WhatAnEarlierTestLeftIsRemovedWhenItIsTrueNoMore) {
  const std::string folder = testing::TempDir() + "/greenroom_report_folder";
  NluEvaluation first;
  first.intents = Comparison{.texts = {"a"}, .truth = {"x"}, .predicted = {"y"}, .confidences = {0.5}};
  first.intents->errors.Append(Json::Object({{"text", "a"}}));
  ReportFolder wrong(folder, {});
  ASSERT_TRUE(wrong.Write(first).ok());
  EXPECT_TRUE(FileExists(folder + "/intent_errors.json"));
  EXPECT_TRUE(FileExists(folder + "/intent_confusion_matrix.png"));
  first.intents->errors = Json::List();
  ReportFolder right(folder, {.plots = false});
  ASSERT_TRUE(right.Write(first).ok());
  EXPECT_FALSE(FileExists(folder + "/intent_errors.json"));
}

}  // namespace
}  // namespace greenroom
