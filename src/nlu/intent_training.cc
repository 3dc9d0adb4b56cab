#include "nlu/intent_training.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "nlu/intent_features.h"
#include "pipeline/feature_map.h"
#include "pipeline/learning_random.h"
#include "pipeline/row_kernels.h"
#include "pipeline/softmax_regression.h"

namespace greenroom {
namespace {

constexpr int kFoldEpochs = 8;
constexpr float kFoldRate = 1.0f;
constexpr size_t kEnoughToCalibrate = 20;

void SetClasses(std::span<const LabelledMessage> messages, IntentDataset& data) {
  std::map<std::string, uint32_t> index;
  for (const LabelledMessage& item : messages) index.emplace(item.label, 0);
  for (auto& [name, number] : index) {
    number = static_cast<uint32_t>(data.classes.size());
    data.classes.push_back(name);
  }
  for (const LabelledMessage& item : messages) data.labels.push_back(index[item.label]);
}

// A held-out example as the model of its fold would read it: features that only held-out examples have are unknown.
void AssignKnown(const IntentDataset& data, size_t example, const std::vector<uint8_t>& known, IntentVector& vector) {
  vector.Clear();
  const SparseView view = data.examples[example];
  std::vector<uint32_t> rows;
  size_t begin = 0;
  for (size_t end : data.block_ends[example]) {
    rows.clear();
    for (size_t k = begin; k < end; ++k) {
      if (known[view.rows[k]] != 0) rows.push_back(view.rows[k]);
    }
    vector.AddBlock(rows);
    begin = end;
  }
}

double LogLoss(const OutOfFold& held_out, const IntentDataset& data, double temperature) {
  double loss = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const std::span<const float> logits = held_out.Logits(i);
    const double top =
        *std::max_element(logits.begin(), logits.begin() + static_cast<std::ptrdiff_t>(data.classes.size()));
    double sum = 0;
    for (size_t c = 0; c < data.classes.size(); ++c) sum += std::exp((logits[c] - top) / temperature);
    loss += std::log(sum) - (logits[data.labels[i]] - top) / temperature;
  }
  return loss;
}

Json Quantiles(std::vector<double> values) {
  Json json = Json::Object();
  std::sort(values.begin(), values.end());
  for (const char* name : {"0.01", "0.02", "0.05", "0.1"}) {
    const double position = std::stod(name) * static_cast<double>(values.size());
    json.Set(name, std::fabs(values[std::min(values.size() - 1, static_cast<size_t>(position))]));
  }
  return json;
}

}  // namespace

IntentDataset MakeIntentDataset(std::span<const LabelledMessage> messages) {
  IntentDataset data;
  SetClasses(messages, data);
  FeatureCounter counter;
  std::vector<uint32_t> numbers;
  for (const LabelledMessage& item : messages) {
    for (std::span<const uint64_t> block : FeatureBlocks(*item.message)) {
      for (uint64_t hash : block) numbers.push_back(counter.Add(hash));
    }
  }
  auto [hashes, row_of] = counter.Rows();
  data.hashes = std::move(hashes);
  data.feature_map = BuildFeatureMap(data.hashes);
  IntentVector vector;
  std::vector<uint32_t> rows;
  size_t at = 0;
  for (const LabelledMessage& item : messages) {
    vector.Clear();
    for (std::span<const uint64_t> block : FeatureBlocks(*item.message)) {
      rows.clear();
      for (size_t k = 0; k < block.size(); ++k) rows.push_back(row_of[numbers[at++]]);
      vector.AddBlock(rows);
    }
    data.examples.Append(vector.view());
    data.block_ends.emplace_back(vector.block_ends().begin(), vector.block_ends().end());
  }
  return data;
}

OutOfFold::OutOfFold(const IntentDataset& data, uint64_t seed)
    : seed_(seed), width_(PaddedWidth(data.classes.size())), folds_(data.size()), logits_(data.size() * width_) {
  std::vector<uint32_t> order(data.size());
  std::iota(order.begin(), order.end(), 0u);
  LearningRandom random(seed);
  random.Shuffle(order);
  std::vector<size_t> dealt(data.classes.size());
  for (uint32_t example : order) {
    const size_t label = data.labels[example];
    folds_[example] = static_cast<uint8_t>((dealt[label]++ + label) % kFolds);
  }
}

void OutOfFold::TrainFold(const IntentDataset& data, size_t fold, TrainProgress* progress) {
  std::vector<uint32_t> subset;
  std::vector<uint8_t> known(data.hashes.size());
  for (uint32_t i = 0; i < data.size(); ++i) {
    if (folds_[i] == fold) continue;
    subset.push_back(i);
    for (uint32_t row : data.examples[i].rows) known[row] = 1;
  }
  const SoftmaxRegression model = TrainSoftmaxRegression(data.examples, data.labels, subset,
                                                         {.features = data.hashes.size(),
                                                          .classes = data.classes.size(),
                                                          .epochs = kFoldEpochs,
                                                          .rate = kFoldRate,
                                                          .seed = seed_ + fold,
                                                          .progress = progress});
  IntentVector vector;
  for (size_t i = 0; i < data.size(); ++i) {
    if (folds_[i] != fold) continue;
    AssignKnown(data, i, known, vector);
    model.Logits(vector.view(), &logits_[i * width_]);
  }
}

float FitTemperature(const OutOfFold& held_out, const IntentDataset& data) {
  if (data.size() < kEnoughToCalibrate || data.classes.size() < 2) return 1.0f;
  double best = 1.0, best_loss = LogLoss(held_out, data, 1.0);
  for (double temperature = 0.5; temperature <= 2.0; temperature += 0.05) {
    const double loss = LogLoss(held_out, data, temperature);
    if (loss < best_loss) {
      best = temperature;
      best_loss = loss;
    }
  }
  return static_cast<float>(best);
}

Json HeldOutMetrics(const OutOfFold& held_out, const IntentDataset& data, float temperature) {
  Json metrics = Json::Object(
      {{"examples", static_cast<uint64_t>(data.size())}, {"temperature", static_cast<double>(temperature)}});
  if (data.size() == 0) return metrics;
  std::vector<double> top, minus_entropy;
  std::vector<float> row(held_out.width());
  size_t right = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const std::span<const float> logits = held_out.Logits(i);
    for (size_t c = 0; c < row.size(); ++c) row[c] = logits[c] / temperature;
    SoftmaxRow(row.data(), data.classes.size(), row.size());
    const auto best = std::max_element(row.begin(), row.end());
    right += static_cast<size_t>(best - row.begin()) == data.labels[i] ? 1 : 0;
    top.push_back(*best);
    double entropy = 0;
    for (size_t c = 0; c < data.classes.size(); ++c)
      entropy -= row[c] > 0 ? row[c] * std::log(static_cast<double>(row[c])) : 0.0;
    minus_entropy.push_back(-entropy);
  }
  metrics.Set("accuracy", static_cast<double>(right) / static_cast<double>(data.size()));
  metrics.Set("max_probability", Quantiles(std::move(top)));
  metrics.Set("entropy", Quantiles(std::move(minus_entropy)));
  return metrics;
}

}  // namespace greenroom
