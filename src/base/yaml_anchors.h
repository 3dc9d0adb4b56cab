// Anchors of a YAML document while its tree is being built, and merge keys once it is.
//
// A collection is remembered by its path from the root, not by a copy: nested anchors cost nothing, and an alias to a
// collection that is still open is recognised as a cycle. What aliases add is counted before it is copied, so a bomb
// is refused in the time its limit takes. Internal to the YAML reader. One owner, one document.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/yaml.h"

namespace greenroom {

class YamlAnchors {
 public:
  struct Limits {
    size_t nodes = 0;
    size_t bytes = 0;
  };
  enum class Outcome { kCopied, kUnknown, kCycle, kTooDeep, kTooMuch };

  explicit YamlAnchors(Limits left) : left_(left) {}

  // A collection begins / ends. `node` stays where it is until Close. The name may be empty.
  void Open(const std::string& name, const YamlNode& node);
  void Close() { open_.pop_back(); }
  // How many collections are open.
  int depth() const { return static_cast<int>(open_.size()); }
  void RememberScalar(const std::string& name, const YamlNode& node);
  // Copies what the anchor names into `into`, unless that would exceed a limit.
  Outcome Copy(const std::string& name, int depth_limit, YamlNode& into);

 private:
  struct Anchor {
    bool is_scalar = false;
    YamlNode scalar = {};
    const YamlNode* root = nullptr;  // of the path; a path below a key leads nowhere
    std::vector<size_t> path = {};
  };

  const YamlNode* Resolve(const Anchor& anchor) const;
  // Takes the subtree from what is left, as far as it fits; `levels` more collections may be nested.
  Outcome Charge(const YamlNode& node, int levels);

  Limits left_;
  std::vector<const YamlNode*> open_;
  std::unordered_map<std::string, Anchor> anchors_;
};

// Replaces `<<: mapping` and `<<: [mapping, ...]` by the members the mapping does not have itself; earlier wins.
void ApplyMergeKeys(YamlNode& node);

}  // namespace greenroom
