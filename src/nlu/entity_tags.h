// EntityTags: the tag inventory of an entity model. Each label (entity type with role and group) has two tags: 2k+1
// begins a span, 2k+2 continues it; 0 is outside (the BIO scheme).
//
//   EntityTags tags = CollectEntityTags(messages);
//   tags.OfTokens(message.tokens, example.entities, out);
//   std::vector<EntityTags::Span> spans = tags.Spans(path);
//
// A gold entity tags the tokens that lie wholly inside it; one that covers no whole token teaches nothing.
// Thread rules: const once made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "conversation/event.h"
#include "pipeline/component.h"

namespace greenroom {

struct EntityLabel {
  std::string entity, role, group;
  bool spans_commas = false;  // an annotation of this label holds a comma between two of its tokens
};

class EntityTags {
 public:
  // A run of tokens with one label: [begin, end).
  struct Span {
    size_t begin = 0, end = 0, label = 0;
  };

  EntityTags() = default;
  explicit EntityTags(std::vector<EntityLabel> labels) : labels_(std::move(labels)) {}

  const std::vector<EntityLabel>& labels() const { return labels_; }
  size_t count() const { return labels_.size() * 2 + 1; }
  std::vector<uint32_t> OfTokens(std::span<const Token> tokens, std::span<const Entity> entities) const;
  // Reads a path of tags; a continuation without a beginning begins a span.
  static std::vector<Span> Spans(std::span<const uint32_t> path);

 private:
  std::vector<EntityLabel> labels_;  // sorted
};

// Whether a comma stands between two tokens of a text.
bool CommaBetween(std::string_view text, const Token& before, const Token& after);

// The labels annotated in the gold examples of the messages.
EntityTags CollectEntityTags(std::span<const MessageState> messages);

// The code points [start, end) of a UTF-8 text.
std::string_view SliceCharacters(std::string_view text, int start, int end);

}  // namespace greenroom
