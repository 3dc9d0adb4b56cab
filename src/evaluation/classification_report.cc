#include "evaluation/classification_report.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace greenroom {
namespace {

constexpr size_t kConfusionCandidates = 3;

double Ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

struct Counts {
  double right = 0, predicted = 0, support = 0;
};

Figures FiguresOf(const Counts& counts) {
  Figures figures{.precision = Ratio(counts.right, counts.predicted),
                  .recall = Ratio(counts.right, counts.support),
                  .support = static_cast<size_t>(counts.support)};
  figures.f1 = Ratio(2 * figures.precision * figures.recall, figures.precision + figures.recall);
  return figures;
}

void AddAverages(ClassificationReport& report, const Counts& all) {
  report.micro = FiguresOf(all);
  const double labels = static_cast<double>(report.labels.size());
  for (const LabelFigures& row : report.labels) {
    const Figures& one = row.figures;
    const double weight = Ratio(static_cast<double>(one.support), all.support);
    report.macro.precision += one.precision / labels;
    report.macro.recall += one.recall / labels;
    report.macro.f1 += one.f1 / labels;
    report.weighted.precision += one.precision * weight;
    report.weighted.recall += one.recall * weight;
    report.weighted.f1 += one.f1 * weight;
  }
  report.macro.support = report.weighted.support = report.micro.support;
}

void AddConfusions(ClassificationReport& report, const ConfusionMatrix& matrix, const std::string& excluded) {
  for (LabelFigures& row : report.labels) {
    const auto place = std::lower_bound(matrix.labels.begin(), matrix.labels.end(), row.label);
    const std::vector<size_t>& cells = matrix.cells[static_cast<size_t>(place - matrix.labels.begin())];
    std::vector<size_t> order(cells.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cells[a] > cells[b]; });
    order.resize(std::min(order.size(), kConfusionCandidates));
    for (const size_t column : order) {
      const std::string& other = matrix.labels[column];
      if (cells[column] > 0 && other != row.label && other != excluded)
        row.confused_with.emplace_back(other, cells[column]);
    }
  }
}

Json FiguresJson(const Figures& figures) {
  return Json::Object({{"precision", figures.precision},
                       {"recall", figures.recall},
                       {"f1-score", figures.f1},
                       {"support", static_cast<int64_t>(figures.support)}});
}

Json ConfusionsJson(const std::vector<std::pair<std::string, size_t>>& confused_with) {
  Json json = Json::Object();
  for (const auto& [label, count] : confused_with) json.Set(label, static_cast<int64_t>(count));
  return json;
}

}  // namespace

ConfusionMatrix MakeConfusionMatrix(const std::vector<std::string>& truth, const std::vector<std::string>& predicted) {
  std::map<std::string, size_t> places;
  for (const auto* labels : {&truth, &predicted}) {
    for (const std::string& label : *labels) places.emplace(label, 0);
  }
  ConfusionMatrix matrix;
  for (auto& [label, place] : places) {
    place = matrix.labels.size();
    matrix.labels.push_back(label);
  }
  matrix.cells.assign(matrix.labels.size(), std::vector<size_t>(matrix.labels.size(), 0));
  for (size_t i = 0; i < truth.size(); ++i) ++matrix.cells[places[truth[i]]][places[predicted[i]]];
  return matrix;
}

ClassificationReport MakeReport(const std::vector<std::string>& truth, const std::vector<std::string>& predicted,
                                const std::string& excluded) {
  ClassificationReport report;
  std::map<std::string, Counts> counts;
  for (const std::string& label : truth) {
    if (counts[label].support++ == 0 && (excluded.empty() || label != excluded))
      report.labels.push_back({.label = label});
  }
  if (report.labels.empty()) return report;
  size_t right = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    counts[predicted[i]].predicted += 1;
    if (truth[i] != predicted[i]) continue;
    counts[truth[i]].right += 1;
    ++right;
  }
  Counts all;
  for (LabelFigures& row : report.labels) {
    const Counts& one = counts[row.label];
    row.figures = FiguresOf(one);
    all.right += one.right;
    all.predicted += one.predicted;
    all.support += one.support;
  }
  report.accuracy = static_cast<double>(right) / static_cast<double>(truth.size());
  report.all_predicted = report.labels.size() == counts.size();
  AddAverages(report, all);
  AddConfusions(report, MakeConfusionMatrix(truth, predicted), excluded);
  return report;
}

Json ClassificationReport::ToJson(bool with_confusions) const {
  Json json = Json::Object();
  if (empty()) return json;
  for (const LabelFigures& row : labels) {
    Json figures = FiguresJson(row.figures);
    if (with_confusions) figures.Set("confused_with", ConfusionsJson(row.confused_with));
    json.Set(row.label, std::move(figures));
  }
  if (all_predicted) json.Set("accuracy", accuracy);
  if (!all_predicted) json.Set("micro avg", FiguresJson(micro));
  json.Set("macro avg", FiguresJson(macro));
  json.Set("weighted avg", FiguresJson(weighted));
  json.Set(all_predicted ? "micro avg" : "accuracy", all_predicted ? FiguresJson(micro) : Json(accuracy));
  return json;
}

}  // namespace greenroom
