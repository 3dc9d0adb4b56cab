#include "nlu/intent_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pipeline/learned_blob.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr uint32_t kIntentBlobVersion = 1;
constexpr size_t kMaxClasses = 1 << 20;
constexpr size_t kMaxNets = 8;
constexpr size_t kSoftIntents = 3;
constexpr float kSoftFloor = 0.1f;

bool AreFinite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

std::string QuantizeRows(const IntentDataset& data, const IntentModelParts& parts) {
  std::vector<size_t> widths = {parts.linear.width()};
  for (const EmbeddingBag& net : parts.nets) widths.push_back(net.hidden());
  QuantizedRowsBuilder builder(widths);
  std::vector<const float*> segments(widths.size());
  for (size_t row = 0; row < data.hashes.size(); ++row) {
    segments[0] = &parts.linear.weights[row * parts.linear.width()];
    for (size_t n = 0; n < parts.nets.size(); ++n)
      segments[n + 1] = &parts.nets[n].embeddings[row * parts.nets[n].hidden()];
    builder.Row(segments);
  }
  return builder.Take();
}

}  // namespace

std::string BuildIntentModel(const IntentDataset& data, const IntentModelParts& parts) {
  LearnedBlobWriter writer;
  writer.U32(kIntentBlobVersion);
  writer.U32(static_cast<uint32_t>(data.classes.size()));
  for (const std::string& name : data.classes) writer.Bytes(name);
  writer.Float(parts.temperature);
  writer.Floats(parts.linear.bias);
  writer.U32(static_cast<uint32_t>(parts.nets.size()));
  for (const EmbeddingBag& net : parts.nets) {
    writer.Floats(net.hidden_bias);
    writer.Floats(net.output);
    writer.Floats(net.output_bias);
  }
  writer.Bytes(data.feature_map);
  writer.Bytes(QuantizeRows(data, parts));
  return writer.Take();
}

std::vector<SoftIntent> SoftIntents(std::span<const float> logits, size_t classes) {
  std::vector<float> row(logits.begin(), logits.end());
  SoftmaxRow(row.data(), classes, row.size());
  std::vector<SoftIntent> soft;
  for (uint32_t c = 0; c < classes; ++c) {
    if (row[c] > kSoftFloor) soft.push_back({.label = c, .probability = row[c]});
  }
  std::stable_sort(soft.begin(), soft.end(),
                   [](const SoftIntent& a, const SoftIntent& b) { return a.probability > b.probability; });
  if (soft.size() > kSoftIntents) soft.resize(kSoftIntents);
  return soft;
}

Result<IntentModel> IntentModel::Open(std::string_view blob) {
  LearnedBlobReader reader(blob);
  IntentModel model;
  if (reader.U32() != kIntentBlobVersion) return BlobCorrupt("intents");
  const size_t classes = reader.U32();
  if (classes > kMaxClasses) return BlobCorrupt("intents");
  for (size_t c = 0; c < classes && reader.ok(); ++c) model.classes_.emplace_back(reader.Bytes());
  model.temperature_ = reader.Float();
  model.bias_ = reader.Floats();
  const size_t nets = reader.U32();
  if (nets > kMaxNets) return BlobCorrupt("intents");
  for (size_t n = 0; n < nets; ++n) {
    Net net;
    net.hidden_bias = reader.Floats();
    net.output = reader.Floats();
    net.output_bias = reader.Floats();
    model.nets_.push_back(std::move(net));
  }
  const std::string_view map = reader.Bytes();
  const std::string_view rows = reader.Bytes();
  if (!reader.ok() || !reader.at_end()) return BlobCorrupt("intents");
  GR_ASSIGN(model.map_, FeatureMap::Open(map));
  GR_ASSIGN(model.rows_, QuantizedRows::Open(rows));
  GR_TRY(model.Check());
  return model;
}

Result<void> IntentModel::Check() const {
  const size_t width = PaddedWidth(classes_.size());
  const std::vector<size_t>& widths = rows_.widths();
  bool sound = std::isfinite(temperature_) && temperature_ >= 0.1f && bias_.size() == width && AreFinite(bias_) &&
               rows_.size() == map_.size() && widths.size() == nets_.size() + 1 && widths[0] == width;
  for (size_t n = 0; sound && n < nets_.size(); ++n) {
    const Net& net = nets_[n];
    const size_t hidden = net.hidden_bias.size();
    sound = widths[n + 1] == hidden && net.output.size() == classes_.size() * hidden &&
            net.output_bias.size() == width && AreFinite(net.hidden_bias) && AreFinite(net.output) &&
            AreFinite(net.output_bias);
  }
  if (!sound) return BlobCorrupt("intents");
  return {};
}

IntentPrediction IntentModel::Predict(const MessageState& message) const {
  if (classes_.empty()) return {};
  IntentVector vector;
  vector.Assign(message, map_);
  const SparseView view = vector.view();
  for (uint32_t row : view.rows) rows_.Prefetch(row);

  std::vector<float> logits(bias_);
  std::vector<std::vector<float>> hidden;
  for (const Net& net : nets_) hidden.push_back(net.hidden_bias);
  for (size_t k = 0; k < view.size(); ++k) {
    rows_.AddSegment(view.rows[k], 0, view.values[k], logits.data());
    for (size_t n = 0; n < nets_.size(); ++n) rows_.AddSegment(view.rows[k], n + 1, view.values[k], hidden[n].data());
  }
  IntentPrediction prediction{.probabilities = {}, .soft = SoftIntents(logits, classes_.size())};
  std::vector<float> one(logits.size()), sum(logits.size());
  for (size_t n = 0; n < nets_.size(); ++n) {
    FinishEmbeddingBag(nets_[n].output, nets_[n].output_bias, classes_.size(), hidden[n], one.data());
    AddScaled(1.0f / static_cast<float>(nets_.size()), one.data(), sum.data(), sum.size());
  }
  const float share = nets_.empty() ? 1.0f : 0.5f;
  for (size_t c = 0; c < logits.size(); ++c) logits[c] = (logits[c] + sum[c]) * share / temperature_;
  SoftmaxRow(logits.data(), classes_.size(), logits.size());
  logits.resize(classes_.size());
  prediction.probabilities = std::move(logits);
  return prediction;
}

}  // namespace greenroom
