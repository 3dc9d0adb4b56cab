#include "evaluation/cross_validation.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace greenroom {
namespace {

// Examples of one label are dealt out together: the full name of a retrieval intent, else the intent.
const std::string& StratumOf(const NluExample& example) {
  return example.response_key.empty() ? example.intent : example.response_key;
}

size_t DropSmallIntents(std::vector<NluExample>& examples, size_t least) {
  std::map<std::string, size_t> counts;
  for (const NluExample& example : examples) ++counts[StratumOf(example)];
  return std::erase_if(examples, [&](const NluExample& example) {
    return example.intent.empty() || counts[StratumOf(example)] < least;
  });
}

Spread SpreadOf(const std::vector<double>& values) {
  Spread spread;
  const double count = static_cast<double>(values.size());
  for (const double value : values) spread.mean += value / count;
  for (const double value : values) spread.deviation += (value - spread.mean) * (value - spread.mean) / count;
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

// Weighted figures of each part, fold after fold.
class FoldCollector {
 public:
  void Add(const NluEvaluation& fold) {
    if (fold.intents) Add("intent", *fold.intents);
    if (fold.responses) Add("response_selection", *fold.responses);
    for (const auto& [extractor, comparison] : fold.entities) Add(extractor, comparison);
  }

  std::map<std::string, FoldFigures> Finish() const {
    std::map<std::string, FoldFigures> figures;
    for (const auto& [name, rows] : rows_) {
      figures[name] = {.accuracy = SpreadOf(rows.accuracy),
                       .precision = SpreadOf(rows.precision),
                       .recall = SpreadOf(rows.recall),
                       .f1 = SpreadOf(rows.f1),
                       .f1_by_fold = rows.f1};
    }
    return figures;
  }

 private:
  struct Rows {
    std::vector<double> accuracy, precision, recall, f1;
  };

  void Add(const std::string& name, const Comparison& comparison) {
    Rows& rows = rows_[name];
    rows.accuracy.push_back(comparison.report.accuracy);
    rows.precision.push_back(comparison.report.weighted.precision);
    rows.recall.push_back(comparison.report.weighted.recall);
    rows.f1.push_back(comparison.report.weighted.f1);
  }

  std::map<std::string, Rows> rows_;
};

Json SpreadJson(const Spread& spread) {
  return Json::Object({{"mean", spread.mean}, {"standard_deviation", spread.deviation}});
}

Json FiguresJson(const std::map<std::string, FoldFigures>& all) {
  Json json = Json::Object();
  for (const auto& [name, figures] : all) {
    Json by_fold = Json::List();
    for (const double f1 : figures.f1_by_fold) by_fold.Append(f1);
    json.Set(name, Json::Object({{"accuracy", SpreadJson(figures.accuracy)},
                                 {"precision", SpreadJson(figures.precision)},
                                 {"recall", SpreadJson(figures.recall)},
                                 {"f1-score", SpreadJson(figures.f1)},
                                 {"f1-score_by_fold", std::move(by_fold)}}));
  }
  return json;
}

// Trains without one fold after the other; remembers what each example was taken for by the model without it.
class Validator {
 public:
  Validator(const Source& source, const ComponentRegistry& components, const CrossValidationOptions& options)
      : source_(source), components_(components), options_(options) {}

  Result<CrossValidation> Run(Diagnostics& diagnostics) {
    CrossValidation found;
    examples_ = std::move(source_.data.nlu.examples);
    found.left_out = DropSmallIntents(examples_, options_.folds);
    if (examples_.empty()) {
      return Error{ErrorCode::kInvalidArgument, "too_few_examples",
                   "no intent has " + std::to_string(options_.folds) + " examples", "use fewer folds, or add examples"};
    }
    graph_ = BuildPipelineGraph(source_, components_, diagnostics);
    if (diagnostics.has_errors())
      return Error{ErrorCode::kInvalidArgument, "source_invalid", "the pipeline has errors; nothing was trained"};
    answers_.resize(examples_.size());
    for (const std::vector<size_t>& fold : StratifiedFolds(examples_, options_.folds, options_.seed))
      GR_TRY(RunFold(fold, diagnostics));
    size_t next = 0;
    found.merged = EvaluateNlu(examples_, [&](const std::string&) { return answers_[next++]; });
    found.test = test_.Finish();
    found.train = train_.Finish();
    return found;
  }

 private:
  Result<void> RunFold(const std::vector<size_t>& fold, Diagnostics& diagnostics) {
    std::vector<NluExample> tested, learnt;
    for (size_t i = 0, at = 0; i < examples_.size(); ++i) {
      const bool is_tested = at < fold.size() && fold[at] == i;
      (is_tested ? tested : learnt).push_back(examples_[i]);
      at += is_tested ? 1 : 0;
    }
    source_.data.nlu.examples = learnt;
    Json metrics = Json::Object();
    const NluTrainOptions training{.seed = options_.seed, .parallel_for = OnThreads(options_.threads)};
    GR_ASSIGN(std::unique_ptr<NluModel> model,
              NluModel::Train(source_, graph_, components_, training, diagnostics, metrics));
    size_t next = 0;
    test_.Add(EvaluateNlu(tested,
                          [&](const std::string& text) { return answers_[fold[next++]] = model->ParseMessage(text); }));
    train_.Add(EvaluateNlu(learnt, [&](const std::string& text) { return model->ParseMessage(text); }));
    return {};
  }

  Source source_;
  const ComponentRegistry& components_;
  const CrossValidationOptions& options_;
  PipelineGraph graph_;
  std::vector<NluExample> examples_;
  std::vector<Parse> answers_;
  FoldCollector test_, train_;
};

}  // namespace

std::vector<std::vector<size_t>> StratifiedFolds(const std::vector<NluExample>& examples, size_t folds, uint64_t seed) {
  std::map<std::string, std::vector<size_t>> strata;
  for (size_t i = 0; i < examples.size(); ++i) strata[StratumOf(examples[i])].push_back(i);
  Random random(seed);
  std::vector<std::vector<size_t>> dealt(folds);
  size_t next = 0;  // goes on from intent to intent, so that no fold gets all the odd ones
  for (auto& [label, places] : strata) {
    random.Shuffle(places);
    for (const size_t place : places) dealt[next++ % folds].push_back(place);
  }
  for (std::vector<size_t>& fold : dealt) std::sort(fold.begin(), fold.end());
  return dealt;
}

Result<CrossValidation> CrossValidate(const Source& source, const ComponentRegistry& components,
                                      const CrossValidationOptions& options, Diagnostics& diagnostics) {
  return Validator(source, components, options).Run(diagnostics);
}

Json CrossValidationToJson(const CrossValidation& found) {
  return Json::Object({{"test", FiguresJson(found.test)},
                       {"train", FiguresJson(found.train)},
                       {"examples_left_out", static_cast<int64_t>(found.left_out)}});
}

}  // namespace greenroom
