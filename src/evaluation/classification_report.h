// ClassificationReport: how often labels were found, in the form that Rasa writes into its report files.
//
//   ClassificationReport report = MakeReport({"greet", "bye", "bye"}, {"greet", "bye", "greet"}, {});
//   report.ToJson(true)   ->   {"greet": {"precision": 0.5, "recall": 1.0, "f1-score": 0.67, "support": 1,
//                               "confused_with": {}}, "bye": {...}, "accuracy": 0.67, "macro avg": {...}, ...}
//
// Labels are those of the truth, in the order of their first appearance; a label that was only predicted has no row but
// counts as a miss. Precision, recall and F1 are as in van Rijsbergen, Information Retrieval (1979); 0 / 0 is 0.
// Nothing to report gives {}. Thread rules: plain values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace greenroom {

// Shares from 0 to 1 over `support` cases.
struct Figures {
  double precision = 0, recall = 0, f1 = 0;
  size_t support = 0;
};

struct LabelFigures {
  std::string label;
  Figures figures;
  // The labels that were given instead, most frequent first: those among the three largest cells of the matrix's row.
  std::vector<std::pair<std::string, size_t>> confused_with = {};
};

struct ClassificationReport {
  std::vector<LabelFigures> labels = {};
  Figures micro = {}, macro = {}, weighted = {};
  double accuracy = 0;  // over all cases, those of the excluded label too
  bool all_predicted =
      false;  // the predicted labels are the labels of the truth: the averages then stand behind accuracy

  bool empty() const { return labels.empty(); }
  Json ToJson(bool with_confusions) const;
};

// Both lists have one label per case. Cases of the `excluded` label ("" = none) get no row.
ClassificationReport MakeReport(const std::vector<std::string>& truth, const std::vector<std::string>& predicted,
                                const std::string& excluded);

// How often each true label (row) was taken for each label (column). Labels are sorted.
struct ConfusionMatrix {
  std::vector<std::string> labels = {};
  std::vector<std::vector<size_t>> cells = {};
};
ConfusionMatrix MakeConfusionMatrix(const std::vector<std::string>& truth, const std::vector<std::string>& predicted);

}  // namespace greenroom
