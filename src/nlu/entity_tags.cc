#include "nlu/entity_tags.h"

#include <algorithm>
#include <tuple>

namespace greenroom {
namespace {

using LabelKey = std::tuple<const std::string&, const std::string&, const std::string&>;

LabelKey KeyOf(const Entity& entity) { return {entity.entity, entity.role, entity.group}; }
LabelKey KeyOf(const EntityLabel& label) { return {label.entity, label.role, label.group}; }

std::vector<EntityLabel>::iterator FindLabel(std::vector<EntityLabel>& labels, const Entity& entity) {
  return std::find_if(labels.begin(), labels.end(),
                      [&](const EntityLabel& label) { return KeyOf(label) == KeyOf(entity); });
}

bool HoldsComma(const MessageState& message, const Entity& entity) {
  for (size_t i = 1; i < message.tokens.size(); ++i) {
    const bool inside = message.tokens[i - 1].start >= entity.start && message.tokens[i].end <= entity.end;
    if (inside && CommaBetween(message.text, message.tokens[i - 1], message.tokens[i])) return true;
  }
  return false;
}

size_t ByteOffset(std::string_view text, int characters) {
  size_t at = 0;
  while (characters > 0 && at < text.size()) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    --characters;
  }
  return at;
}

}  // namespace

std::vector<uint32_t> EntityTags::OfTokens(std::span<const Token> tokens, std::span<const Entity> entities) const {
  std::vector<uint32_t> tags(tokens.size());
  for (const Entity& entity : entities) {
    const auto label =
        std::lower_bound(labels_.begin(), labels_.end(), entity,
                         [](const EntityLabel& one, const Entity& other) { return KeyOf(one) < KeyOf(other); });
    if (label == labels_.end() || KeyOf(*label) != KeyOf(entity)) continue;
    const auto begins = static_cast<uint32_t>(label - labels_.begin()) * 2 + 1;
    uint32_t tag = begins;
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].start < entity.start || tokens[i].end > entity.end) continue;
      tags[i] = tag;
      tag = begins + 1;
    }
  }
  return tags;
}

std::vector<EntityTags::Span> EntityTags::Spans(std::span<const uint32_t> path) {
  std::vector<Span> spans;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == 0) continue;
    const size_t label = (path[i] - 1) / 2;
    const bool begins = path[i] % 2 == 1;
    if (!begins && !spans.empty() && spans.back().end == i && spans.back().label == label) {
      spans.back().end = i + 1;
    } else {
      spans.push_back({.begin = i, .end = i + 1, .label = label});
    }
  }
  return spans;
}

bool CommaBetween(std::string_view text, const Token& before, const Token& after) {
  if (after.start - before.end < 2) return false;
  return SliceCharacters(text, before.end, after.start).find(',') != std::string_view::npos;
}

EntityTags CollectEntityTags(std::span<const MessageState> messages) {
  std::vector<EntityLabel> labels;
  for (const MessageState& message : messages) {
    if (message.gold == nullptr) continue;
    for (const Entity& entity : message.gold->entities) {
      auto label = FindLabel(labels, entity);
      if (label == labels.end())
        label = labels.insert(label, {.entity = entity.entity, .role = entity.role, .group = entity.group});
      label->spans_commas = label->spans_commas || HoldsComma(message, entity);
    }
  }
  std::sort(labels.begin(), labels.end(),
            [](const EntityLabel& a, const EntityLabel& b) { return KeyOf(a) < KeyOf(b); });
  return EntityTags(std::move(labels));
}

std::string_view SliceCharacters(std::string_view text, int start, int end) {
  const size_t begin = ByteOffset(text, start);
  return text.substr(begin, ByteOffset(text.substr(begin), end - start));
}

}  // namespace greenroom
