#include "nlu/entity_tags.h"

#include <algorithm>
#include <set>

namespace greenroom {
namespace {

EntityLabel LabelOf(const Entity& entity) { return {.entity = entity.entity, .role = entity.role, .group = entity.group}; }

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
    const auto label = std::lower_bound(labels_.begin(), labels_.end(), LabelOf(entity));
    if (label == labels_.end() || *label != LabelOf(entity)) continue;
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

EntityTags CollectEntityTags(std::span<const MessageState> messages) {
  std::set<EntityLabel> labels;
  for (const MessageState& message : messages) {
    if (message.gold == nullptr) continue;
    for (const Entity& entity : message.gold->entities) labels.insert(LabelOf(entity));
  }
  return EntityTags({labels.begin(), labels.end()});
}

std::string_view SliceCharacters(std::string_view text, int start, int end) {
  const size_t begin = ByteOffset(text, start);
  return text.substr(begin, ByteOffset(text.substr(begin), end - start));
}

}  // namespace greenroom
