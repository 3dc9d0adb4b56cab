#include "evaluation/message_comparison.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "conversation/story_text.h"

namespace greenroom {
namespace {

constexpr char kNone[] = "None";

// The full name that the best response selector gives; the base intent when there is none.
std::string FullIntentOf(const Parse& parse) {
  const std::string base = parse.intent.name;
  const Json* own = parse.response_selector.Find(base);
  const Json& selector = own != nullptr ? *own : parse.response_selector["default"];
  const std::string& key = selector["response"]["intent_response_key"].AsString();
  return key.starts_with(base + "/") ? key : base;
}

std::string TextOf(const Json& value) { return value.is_string() ? value.AsString() : value.Dump(); }

bool HasPlace(const Entity& entity) { return entity.end > 0; }

std::string LabelOf(const std::u32string& text, const Entity& entity) {
  const size_t start = static_cast<size_t>(std::max(entity.start, 0)),
               end = static_cast<size_t>(std::max(entity.end, 0));
  const bool inside = HasPlace(entity) && end <= text.size() && start < end;
  Entity plain = entity;
  plain.value = TextOf(entity.value);
  return MarkedEntity(inside ? EncodeUtf8(text.substr(start, end - start)) : TextOf(entity.value), plain);
}

bool SamePlace(const Entity& a, const Entity& b) {
  if (a.entity != b.entity) return false;
  if (HasPlace(a) && HasPlace(b)) return a.start == b.start && a.end == b.end;
  return (a.value.is_null() || TextOf(a.value) == TextOf(b.value)) && a.role == b.role && a.group == b.group;
}

std::vector<Entity> Sorted(std::vector<Entity> entities) {
  std::stable_sort(entities.begin(), entities.end(), [](const Entity& a, const Entity& b) {
    return std::tie(a.start, a.end, a.entity) < std::tie(b.start, b.end, b.entity);
  });
  return entities;
}

// What an entity of the story is called when the one that was found says the same in other words.
void Pair(const std::u32string& text, const Entity& expected, const Entity& found, MessageComparison& comparison) {
  Entity seen = found;
  // A story that names no place or value takes those that were found.
  if (!HasPlace(expected)) std::tie(seen.start, seen.end) = std::make_tuple(expected.start, expected.end);
  if (!HasPlace(expected) && expected.value.is_null()) seen.value = nullptr;
  comparison.expected_entities.push_back(LabelOf(text, expected));
  comparison.found_entities.push_back(LabelOf(text, seen));
}

void CompareEntities(const UserUttered& expected, const Parse& parse, MessageComparison& comparison) {
  const std::u32string text = DecodeUtf8(expected.text.value_or(""));
  std::vector<Entity> found = Sorted(parse.entities);
  for (const Entity& entity : Sorted(expected.parse.entities)) {
    const auto partner =
        std::find_if(found.begin(), found.end(), [&](const Entity& other) { return SamePlace(entity, other); });
    if (partner == found.end()) {
      comparison.expected_entities.push_back(LabelOf(text, entity));
      comparison.found_entities.push_back(kNone);
      continue;
    }
    Pair(text, entity, *partner, comparison);
    found.erase(partner);
  }
  for (const Entity& entity : found) {
    comparison.expected_entities.push_back(kNone);
    comparison.found_entities.push_back(LabelOf(text, entity));
  }
}

}  // namespace

MessageComparison CompareMessage(const UserUttered& expected, const Parse& parse) {
  MessageComparison comparison;
  const std::string& full = expected.parse.intent_extra["full_retrieval_intent_name"].AsString();
  const std::string& intent = full.empty() ? expected.parse.intent.name : full;
  comparison.intent = parse.intent.name;
  // Without a text there is nothing that could be understood in another way.
  if (!expected.text) comparison.intent = intent;
  if (comparison.intent != intent) comparison.intent = FullIntentOf(parse);
  if (!intent.empty()) {
    comparison.truth.push_back(intent);
    comparison.predicted.push_back(comparison.intent.empty() ? kNone : comparison.intent);
  }
  CompareEntities(expected, parse, comparison);
  comparison.right =
      comparison.truth == comparison.predicted && comparison.expected_entities == comparison.found_entities;
  comparison.marked = MarkEntities(expected.text.value_or(""), parse.entities);
  return comparison;
}

}  // namespace greenroom
