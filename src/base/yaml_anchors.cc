#include "base/yaml_anchors.h"

#include <algorithm>
#include <unordered_set>

namespace greenroom {
namespace {

void MoveMembers(YamlNode& from, YamlNode& to, std::unordered_set<std::string>& present) {
  for (size_t i = 0; i < from.keys.size(); ++i) {
    if (!present.insert(from.keys[i].text).second) continue;
    to.keys.push_back(std::move(from.keys[i]));
    to.items.push_back(std::move(from.items[i]));
  }
}

void MergeInto(YamlNode& node, size_t at) {
  YamlNode source = std::move(node.items[at]);
  node.keys.erase(node.keys.begin() + static_cast<std::ptrdiff_t>(at));
  node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(at));
  std::unordered_set<std::string> present;
  for (const YamlNode& key : node.keys) present.insert(key.text);
  if (source.is_mapping()) return MoveMembers(source, node, present);
  for (YamlNode& mapping : source.items) MoveMembers(mapping, node, present);
}

bool CanMerge(const YamlNode& value) {
  if (value.is_mapping()) return true;
  return value.is_sequence() &&
         std::all_of(value.items.begin(), value.items.end(), [](const YamlNode& n) { return n.is_mapping(); });
}

}  // namespace

void YamlAnchors::Open(const std::string& name, const YamlNode& node) {
  if (!name.empty()) {
    Anchor anchor;
    anchor.root = open_.empty() ? &node : open_.front();
    for (const YamlNode* parent : open_) anchor.path.push_back(parent->items.size());
    anchors_[name] = std::move(anchor);
  }
  open_.push_back(&node);
}

void YamlAnchors::RememberScalar(const std::string& name, const YamlNode& node) {
  if (!name.empty()) anchors_[name] = {.is_scalar = true, .scalar = node};
}

const YamlNode* YamlAnchors::Resolve(const Anchor& anchor) const {
  if (anchor.is_scalar) return &anchor.scalar;
  const YamlNode* node = anchor.root;
  for (size_t level = 0; level < anchor.path.size(); ++level) {
    size_t index = anchor.path[level];
    if (index < node->items.size()) {
      node = &node->items[index];
    } else if (level + 1 < open_.size() && open_[level] == node) {
      node = open_[level + 1];
    } else {
      return nullptr;
    }
  }
  return node;
}

YamlAnchors::Outcome YamlAnchors::Charge(const YamlNode& node, int levels) {
  if (levels < 1 && !node.is_scalar()) return Outcome::kTooDeep;
  size_t bytes = node.text.size();
  for (const YamlNode& key : node.keys) bytes += key.text.size();
  size_t nodes = 1 + node.keys.size();
  if (nodes > left_.nodes || bytes > left_.bytes) return Outcome::kTooMuch;
  left_.nodes -= nodes;
  left_.bytes -= bytes;
  for (const YamlNode& item : node.items) {
    if (Outcome outcome = Charge(item, levels - 1); outcome != Outcome::kCopied) return outcome;
  }
  return Outcome::kCopied;
}

YamlAnchors::Outcome YamlAnchors::Copy(const std::string& name, int depth_limit, YamlNode& into) {
  auto anchor = anchors_.find(name);
  const YamlNode* target = anchor == anchors_.end() ? nullptr : Resolve(anchor->second);
  if (!target) return Outcome::kUnknown;
  if (std::find(open_.begin(), open_.end(), target) != open_.end()) return Outcome::kCycle;
  Outcome outcome = Charge(*target, depth_limit - depth());
  if (outcome == Outcome::kCopied) into = *target;
  return outcome;
}

void ApplyMergeKeys(YamlNode& node) {
  for (YamlNode& item : node.items) ApplyMergeKeys(item);
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (node.keys[i].text != "<<" || node.keys[i].quoted || !CanMerge(node.items[i])) continue;
    return MergeInto(node, i);
  }
}

}  // namespace greenroom
