#include "dialogue/state_classifier.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "pipeline/learned_blob.h"
#include "pipeline/row_kernels.h"
#include "pipeline/softmax_regression.h"

namespace greenroom {
namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kHidden = 64;
constexpr int kLinearEpochs = 8;
constexpr int kNetEpochs = 10;
constexpr double kLinearShare = 0.2;  // of the time of training
// Few examples are seen more often, until both models have made about this many steps.
constexpr double kSteps = 8'000;
constexpr int kMaxEpochs = 40;
// Above this many examples a feature that occurs once is noise; below it every one counts.
constexpr size_t kManyExamples = 5'000;

int Epochs(int base, size_t examples, double effort) {
  const double wanted = std::max<double>(base, kSteps / std::max<double>(1.0, static_cast<double>(examples)));
  return std::max(1, static_cast<int>(std::min<double>(wanted, kMaxEpochs) * effort));
}

// Examples as rows of a feature map.
struct Dataset {
  std::vector<std::string> classes;
  std::vector<uint64_t> hashes;  // by row
  std::string map;
  SparseMatrix examples;
  std::vector<uint32_t> labels;
};

Dataset BuildDataset(const std::vector<const StateExample*>& examples) {
  Dataset data;
  std::set<std::string> names;
  FeatureCounter counter;
  std::vector<uint32_t> counts;
  for (const StateExample* example : examples) {
    names.insert(example->label);
    for (uint64_t hash : example->features.hashes) {
      const uint32_t number = counter.Add(hash);
      if (number >= counts.size()) counts.resize(number + 1, 0);
      ++counts[number];
    }
  }
  data.classes.assign(names.begin(), names.end());
  const uint32_t least = examples.size() > kManyExamples ? 2 : 1;
  for (uint32_t number : counter.Ranking()) {
    if (counts[number] >= least) data.hashes.push_back(counter.hashes()[number]);
  }
  data.map = BuildFeatureMap(data.hashes);
  auto map = FeatureMap::Open(data.map);
  std::vector<uint32_t> rows;
  std::vector<float> values;
  for (const StateExample* example : examples) {
    rows.clear();
    values.clear();
    for (size_t i = 0; i < example->features.hashes.size(); ++i) {
      const uint32_t row = map->Find(example->features.hashes[i]);
      if (row == kNoRow) continue;
      rows.push_back(row);
      values.push_back(example->features.values[i]);
    }
    data.examples.Append({.rows = rows, .values = values});
    const auto place = std::lower_bound(data.classes.begin(), data.classes.end(), example->label);
    data.labels.push_back(static_cast<uint32_t>(place - data.classes.begin()));
  }
  return data;
}

bool AreFinite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::string Serialize(const Dataset& data, const SoftmaxRegression& linear, const EmbeddingBag& net) {
  QuantizedRowsBuilder rows({linear.width(), net.hidden()});
  std::vector<const float*> segments(2);
  for (size_t row = 0; row < data.hashes.size(); ++row) {
    segments[0] = &linear.weights[row * linear.width()];
    segments[1] = &net.embeddings[row * net.hidden()];
    rows.Row(segments);
  }
  LearnedBlobWriter writer;
  writer.U32(kVersion);
  writer.U32(static_cast<uint32_t>(data.classes.size()));
  for (const std::string& name : data.classes) writer.Bytes(name);
  writer.Floats(linear.bias);
  writer.Floats(net.hidden_bias);
  writer.Floats(net.output);
  writer.Floats(net.output_bias);
  writer.Bytes(data.map);
  writer.Bytes(rows.Take());
  return writer.Take();
}

}  // namespace

std::string TrainStateClassifier(const std::vector<StateExample>& examples, const StateTrainOptions& options,
                                 const std::function<bool(const StateExample&)>& keep) {
  std::vector<const StateExample*> kept;
  for (const StateExample& example : examples) {
    if (!keep || keep(example)) kept.push_back(&example);
  }
  if (kept.empty()) return {};
  const Dataset data = BuildDataset(kept);
  ProgressShare linear_progress(options.progress, "", 0, kLinearShare),
      net_progress(options.progress, "", kLinearShare, 1);
  std::vector<uint32_t> all(kept.size());
  std::iota(all.begin(), all.end(), 0u);
  const SoftmaxRegression linear = TrainSoftmaxRegression(data.examples, data.labels, all,
                                                          {.features = data.hashes.size(),
                                                           .classes = data.classes.size(),
                                                           .epochs = Epochs(kLinearEpochs, kept.size(), options.effort),
                                                           .rate = 0.5f,
                                                           .seed = options.seed,
                                                           .progress = &linear_progress});
  const EmbeddingBag net = TrainEmbeddingBag(data.examples, data.labels,
                                             {.features = data.hashes.size(),
                                              .classes = data.classes.size(),
                                              .hidden = kHidden,
                                              .epochs = Epochs(kNetEpochs, kept.size(), options.effort),
                                              .rate = 0.05f,
                                              .input_dropout = 0.4f,
                                              .hidden_dropout = 0.1f,
                                              .seed = options.seed + 6,
                                              .progress = &net_progress});
  return Serialize(data, linear, net);
}

Result<StateClassifier> StateClassifier::Open(std::string_view blob) {
  LearnedBlobReader reader(blob);
  StateClassifier model;
  if (reader.U32() != kVersion) return BlobCorrupt("dialogue policy");
  const size_t classes = reader.U32();
  for (size_t c = 0; c < classes && reader.ok(); ++c) model.classes_.emplace_back(reader.Bytes());
  model.linear_bias_ = reader.Floats();
  model.hidden_bias_ = reader.Floats();
  model.output_ = reader.Floats();
  model.output_bias_ = reader.Floats();
  const std::string_view map = reader.Bytes();
  const std::string_view rows = reader.Bytes();
  if (!reader.ok() || !reader.at_end()) return BlobCorrupt("dialogue policy");
  GR_ASSIGN(model.map_, FeatureMap::Open(map));
  GR_ASSIGN(model.rows_, QuantizedRows::Open(rows));
  const size_t width = PaddedWidth(classes), hidden = model.hidden_bias_.size();
  const std::vector<size_t>& widths = model.rows_.widths();
  const bool sound = widths.size() == 2 && widths[0] == width && widths[1] == hidden &&
                     model.linear_bias_.size() == width && model.output_bias_.size() == width &&
                     model.output_.size() == classes * hidden && model.rows_.size() == model.map_.size() &&
                     AreFinite(model.linear_bias_) && AreFinite(model.hidden_bias_) && AreFinite(model.output_) &&
                     AreFinite(model.output_bias_);
  if (!sound) return BlobCorrupt("dialogue policy");
  return model;
}

int StateClassifier::FindClass(std::string_view name) const {
  const auto found = std::lower_bound(classes_.begin(), classes_.end(), name);
  return found != classes_.end() && *found == name ? static_cast<int>(found - classes_.begin()) : -1;
}

std::vector<float> StateClassifier::Predict(const StateFeatures& features) const {
  if (classes_.empty()) return {};
  std::vector<float> linear(linear_bias_), hidden(hidden_bias_), logits(linear_bias_.size());
  for (uint64_t hash : features.hashes) map_.Prefetch(hash);
  for (size_t i = 0; i < features.hashes.size(); ++i) {
    const uint32_t row = map_.Find(features.hashes[i]);
    if (row == kNoRow) continue;
    rows_.AddSegment(row, 0, features.values[i], linear.data());
    rows_.AddSegment(row, 1, features.values[i], hidden.data());
  }
  FinishEmbeddingBag(output_, output_bias_, classes_.size(), hidden, logits.data());
  for (size_t c = 0; c < logits.size(); ++c) logits[c] = 0.5f * (logits[c] + linear[c]);
  SoftmaxRow(logits.data(), classes_.size(), logits.size());
  logits.resize(classes_.size());
  return logits;
}

}  // namespace greenroom
