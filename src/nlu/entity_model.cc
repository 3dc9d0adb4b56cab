#include "nlu/entity_model.h"

#include <algorithm>
#include <cmath>

#include "pipeline/learned_blob.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr uint32_t kEntityBlobVersion = 1;
constexpr size_t kMaxLabels = 1 << 16;
constexpr float kNegligibleWeight = 0.02f;
constexpr uint8_t kCommon = 4;

// How often each word occurs in the training messages.
class WordCounts {
 public:
  explicit WordCounts(std::span<const MessageState> messages) {
    for (const MessageState& message : messages) {
      for (const Token& token : message.tokens) Count(WordHash(token.lower));
    }
  }

  // Rarity of each token as seen from the other messages.
  std::vector<uint8_t> LeaveOneOut(std::span<const Token> tokens) {
    std::vector<uint32_t> own;
    for (const Token& token : tokens) own.push_back(counter_.Add(WordHash(token.lower)));
    std::vector<uint8_t> rarity;
    for (uint32_t word : own) {
      const size_t elsewhere = counts_[word] - static_cast<size_t>(std::count(own.begin(), own.end(), word));
      rarity.push_back(static_cast<uint8_t>(std::min<size_t>(elsewhere, kCommon)));
    }
    return rarity;
  }

  void Write(LearnedBlobWriter& writer) const {
    std::vector<std::pair<uint32_t, uint64_t>> order;
    for (size_t i = 0; i < counts_.size(); ++i) order.emplace_back(counts_[i], counter_.hashes()[i]);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<uint64_t> hashes;
    for (const auto& item : order) hashes.push_back(item.second);
    writer.Bytes(BuildFeatureMap(hashes));
    for (uint32_t limit = 0; limit < kCommon; ++limit) {
      const auto rarer =
          std::find_if(order.begin(), order.end(), [&](const auto& item) { return item.first <= limit; });
      writer.U32(static_cast<uint32_t>(rarer - order.begin()));
    }
  }

 private:
  void Count(uint64_t hash) {
    const uint32_t number = counter_.Add(hash);
    if (number == counts_.size()) counts_.push_back(0);
    ++counts_[number];
  }
  FeatureCounter counter_;
  std::vector<uint32_t> counts_;
};

struct CrfDataset {
  CrfSentences sentences;
  std::vector<uint64_t> hashes;  // of each row
};

// Two passes: number the features of all tokens, then renumber by frequency.
CrfDataset MakeCrfDataset(const EntityTraining& training, const EntityTags& tags, WordCounts& counts) {
  CrfDataset data;
  FeatureCounter counter;
  TokenFeatures features;
  std::vector<uint32_t> numbers;
  std::vector<float> values;
  std::vector<size_t> ends;
  for (size_t m = 0; m < training.messages.size(); ++m) {
    const MessageState& message = training.messages[m];
    if (message.gold == nullptr) continue;
    const std::vector<uint8_t> rarity = counts.LeaveOneOut(message.tokens);
    features.Assign({.text = message.text,
                     .tokens = message.tokens,
                     .rarity = rarity,
                     .intents = training.intents.empty() ? std::span<const SoftIntent>{} : training.intents[m]});
    for (uint64_t hash : features.hashes()) numbers.push_back(counter.Add(hash));
    values.insert(values.end(), features.values().begin(), features.values().end());
    for (size_t i = 0; i < message.tokens.size(); ++i)
      ends.push_back(numbers.size() - features.hashes().size() + features.End(i));
    const std::vector<uint32_t> message_tags = tags.OfTokens(message.tokens, message.gold->entities);
    data.sentences.tags.insert(data.sentences.tags.end(), message_tags.begin(), message_tags.end());
    data.sentences.ends.push_back(static_cast<uint32_t>(data.sentences.tags.size()));
  }
  auto [hashes, row_of] = counter.Rows();
  data.hashes = std::move(hashes);
  for (uint32_t& number : numbers) number = row_of[number];
  size_t begin = 0;
  for (size_t end : ends) {
    data.sentences.tokens.Append({.rows = std::span(numbers).subspan(begin, end - begin),
                                  .values = std::span(values).subspan(begin, end - begin)});
    begin = end;
  }
  return data;
}

std::string WriteChain(const CrfChain& chain) {
  LearnedBlobWriter writer;
  writer.U32(static_cast<uint32_t>(chain.steps().size()));
  for (size_t to = 0; to < chain.tags(); ++to) {
    for (const CrfChain::Step& step : chain.StepsTo(to)) {
      writer.U32(step.from);
      writer.U32(static_cast<uint32_t>(to));
      writer.Float(step.weight);
    }
  }
  return writer.Take();
}

void WriteRows(const Crf& crf, const CrfDataset& data, LearnedBlobWriter& writer) {
  const size_t width = crf.chain.width();
  QuantizedRowsBuilder builder({width});
  std::vector<uint64_t> kept;
  for (size_t row = 0; row < data.hashes.size(); ++row) {
    const float* weights = &crf.weights[row * width];
    const bool matters =
        std::any_of(weights, weights + width, [](float w) { return std::fabs(w) >= kNegligibleWeight; });
    if (!matters) continue;
    kept.push_back(data.hashes[row]);
    builder.Row({{weights}});
  }
  writer.Bytes(BuildFeatureMap(kept));
  writer.Bytes(builder.Take());
}

}  // namespace

std::string TrainEntityModel(const EntityTraining& training) {
  const EntityTags tags = CollectEntityTags(training.messages);
  if (tags.labels().empty()) return "";
  WordCounts counts(training.messages);
  const CrfDataset data = MakeCrfDataset(training, tags, counts);
  const Crf crf = TrainCrf(
      data.sentences,
      {.features = data.hashes.size(), .tags = tags.count(), .seed = training.seed, .progress = training.progress});
  LearnedBlobWriter writer;
  writer.U32(kEntityBlobVersion);
  writer.U32(static_cast<uint32_t>(tags.labels().size()));
  for (const EntityLabel& label : tags.labels()) {
    writer.Bytes(label.entity);
    writer.Bytes(label.role);
    writer.Bytes(label.group);
    writer.U32(label.spans_commas ? 1 : 0);
  }
  writer.Bytes(WriteChain(crf.chain));
  counts.Write(writer);
  WriteRows(crf, data, writer);
  return writer.Take();
}

Result<EntityModel> EntityModel::Open(std::string_view blob) {
  EntityModel model;
  if (blob.empty()) return model;
  LearnedBlobReader reader(blob);
  const bool known = reader.U32() == kEntityBlobVersion;
  const size_t labels = reader.U32();
  if (!known || labels == 0 || labels > kMaxLabels) return BlobCorrupt("entities");
  std::vector<EntityLabel> names;
  for (size_t i = 0; i < labels && reader.ok(); ++i) {
    EntityLabel label;
    label.entity = reader.Bytes();
    label.role = reader.Bytes();
    label.group = reader.Bytes();
    label.spans_commas = reader.U32() != 0;
    names.push_back(std::move(label));
  }
  model.tags_ = EntityTags(std::move(names));
  const std::string_view chain = reader.Bytes();
  const std::string_view words = reader.Bytes();
  for (uint8_t c = 0; c < kCommon; ++c) model.rarity_limits_.push_back(reader.U32());
  const std::string_view map = reader.Bytes();
  const std::string_view rows = reader.Bytes();
  if (!reader.ok() || !reader.at_end()) return BlobCorrupt("entities");
  GR_TRY(model.ReadChain(chain));
  GR_ASSIGN(model.words_, FeatureMap::Open(words));
  GR_ASSIGN(model.map_, FeatureMap::Open(map));
  GR_ASSIGN(model.rows_, QuantizedRows::Open(rows));
  if (model.rows_.size() != model.map_.size() || model.rows_.widths() != std::vector<size_t>{model.chain_.width()})
    return BlobCorrupt("entities");
  return model;
}

Result<void> EntityModel::ReadChain(std::string_view bytes) {
  LearnedBlobReader reader(bytes);
  const size_t tags = tags_.count();
  const size_t steps = reader.U32();
  std::vector<std::pair<uint32_t, uint32_t>> pairs;
  std::vector<float> weights;
  size_t to_outside = 0;
  for (size_t s = 0; s < steps && reader.ok(); ++s) {
    const uint32_t from = reader.U32();
    const uint32_t to = reader.U32();
    const float weight = reader.Float();
    const bool rising = pairs.empty() || std::pair(pairs.back().second, pairs.back().first) < std::pair(to, from);
    if (from > tags || to >= tags || !std::isfinite(weight) || !rising) return BlobCorrupt("entities");
    pairs.emplace_back(from, to);
    weights.push_back(weight);
    to_outside += to == 0 ? 1 : 0;
  }
  // Every tag may be followed by "outside"; the search for a best path relies on it.
  if (!reader.ok() || !reader.at_end() || to_outside != tags + 1) return BlobCorrupt("entities");
  chain_ = CrfChain(tags, std::move(pairs));
  for (size_t s = 0; s < steps; ++s) chain_.SetWeight(s, weights[s]);
  return {};
}

void EntityModel::Emit(const TokenFeatures& features, size_t tokens, CrfChain::Workspace& work) const {
  const std::span<const uint64_t> hashes = features.hashes();
  for (uint64_t hash : hashes) map_.Prefetch(hash);
  std::vector<uint32_t> found(hashes.size());
  for (size_t k = 0; k < hashes.size(); ++k) {
    found[k] = map_.Find(hashes[k]);
    if (found[k] != kNoRow) rows_.Prefetch(found[k]);
  }
  const size_t width = chain_.width();
  work.emission.assign(tokens * width, 0.0f);
  for (size_t i = 0; i < tokens; ++i) {
    for (size_t k = features.Begin(i); k < features.End(i); ++k) {
      if (found[k] != kNoRow) rows_.AddSegment(found[k], 0, features.values()[k], &work.emission[i * width]);
    }
  }
}

Entity EntityModel::MakeEntity(const MessageState& message, const EntityTags::Span& span,
                               const CrfChain::Workspace& work) const {
  const EntityLabel& label = tags_.labels()[span.label];
  const int start = message.tokens[span.begin].start;
  const int end = message.tokens[span.end - 1].end;
  double confidence = 1;
  for (size_t i = span.begin; i < span.end; ++i) {
    const float* marginal = &work.marginal[i * chain_.width()];
    confidence *= std::max(marginal[span.label * 2 + 1], marginal[span.label * 2 + 2]);
  }
  return {.entity = label.entity,
          .value = SliceCharacters(message.text, start, end),
          .start = start,
          .end = end,
          .role = label.role,
          .group = label.group,
          .confidence = std::clamp(confidence, 0.0, 1.0)};
}

CommaSplit CommaSplit::FromParameter(const Json& parameter) {
  CommaSplit split{.by_default = parameter.AsBool(true)};
  for (const auto& [entity, value] : parameter.members()) split.by_entity[entity] = value.AsBool(true);
  return split;
}

bool CommaSplit::Splits(const std::string& entity) const {
  const auto found = by_entity.find(entity);
  return found == by_entity.end() ? by_default : found->second;
}

std::vector<EntityTags::Span> EntityModel::SplitSpans(const MessageState& message, std::span<const uint32_t> path,
                                                      const CommaSplit& commas) const {
  std::vector<EntityTags::Span> parts;
  for (EntityTags::Span span : EntityTags::Spans(path)) {
    const EntityLabel& label = tags_.labels()[span.label];
    const bool splits = !label.spans_commas && commas.Splits(label.entity);
    for (size_t i = span.begin + 1; splits && i < span.end; ++i) {
      if (!CommaBetween(message.text, message.tokens[i - 1], message.tokens[i])) continue;
      parts.push_back({.begin = span.begin, .end = i, .label = span.label});
      span.begin = i;
    }
    parts.push_back(span);
  }
  return parts;
}

std::vector<Entity> EntityModel::Find(const MessageState& message, std::span<const SoftIntent> intents,
                                      const CommaSplit& commas) const {
  const size_t tokens = message.tokens.size();
  if (tokens == 0 || tags_.labels().empty()) return {};
  std::vector<uint8_t> rarity;
  for (const Token& token : message.tokens) {
    const uint32_t row = words_.Find(WordHash(token.lower));
    rarity.push_back(static_cast<uint8_t>(
        std::count_if(rarity_limits_.begin(), rarity_limits_.end(), [&](uint32_t limit) { return row < limit; })));
  }
  TokenFeatures features;
  features.Assign({.text = message.text, .tokens = message.tokens, .rarity = rarity, .intents = intents});
  CrfChain::Workspace work;
  Emit(features, tokens, work);
  std::vector<uint32_t> path;
  chain_.BestPath(tokens, work, path);
  const std::vector<EntityTags::Span> spans = SplitSpans(message, path, commas);
  std::vector<Entity> entities;
  if (spans.empty()) return entities;
  chain_.ForwardBackward(tokens, CrfChain::Expectation::kMarginals, work);
  for (const EntityTags::Span& span : spans) entities.push_back(MakeEntity(message, span, work));
  return entities;
}

}  // namespace greenroom
