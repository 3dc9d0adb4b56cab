#include "base/yaml.h"

namespace greenroom {
namespace {

const YamlNode* At(const YamlNode& mapping, std::string_view key, bool want_key) {
  for (size_t i = 0; i < mapping.keys.size(); ++i) {
    if (mapping.keys[i].text == key) return want_key ? &mapping.keys[i] : &mapping.items[i];
  }
  return nullptr;
}

Json ScalarToJson(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull: return Json();
    case YamlKind::kBool: return Json(node.text[0] == 't' || node.text[0] == 'T');
    case YamlKind::kInt: {
      auto parsed = ParseJson(node.text[0] == '+' ? std::string_view(node.text).substr(1) : std::string_view(node.text));
      return parsed ? *parsed : Json(std::strtod(node.text.c_str(), nullptr));
    }
    case YamlKind::kFloat: return Json(std::strtod(node.text.c_str(), nullptr));
    default: return Json(node.text);
  }
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const { return At(*this, key, false); }
const YamlNode* YamlNode::FindKey(std::string_view key) const { return At(*this, key, true); }

Json YamlNode::ToJson() const {
  if (is_sequence()) {
    Json list = Json::List();
    for (const YamlNode& item : items) list.Append(item.ToJson());
    return list;
  }
  if (!is_mapping()) return ScalarToJson(*this);
  Json object = Json::Object();
  for (size_t i = 0; i < keys.size(); ++i) object.MutableMembers().emplace_back(keys[i].text, items[i].ToJson());
  return object;
}

}  // namespace greenroom
