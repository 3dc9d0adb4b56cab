#include "base/yaml.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace greenroom {
namespace {

const YamlNode* At(const YamlNode& mapping, std::string_view key, bool want_key) {
  for (size_t i = 0; i < mapping.keys.size(); ++i) {
    if (mapping.keys[i].text == key) return want_key ? &mapping.keys[i] : &mapping.items[i];
  }
  return nullptr;
}

Json IntegerToJson(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
  std::string digits(base == 10 ? text : text.substr(2));
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc()) return Json(value);
  return base == 10 ? Json(std::strtod(digits.c_str(), nullptr)) : Json(text);
}

Json FloatToJson(const std::string& text) {
  double value = std::strtod(text.c_str(), nullptr);
  bool named = text.find_first_of("nN") != std::string::npos;
  return named || !std::isfinite(value) ? Json(text) : Json(value);
}

// Infinity and NaN have no JSON form and become their text.
Json ScalarToJson(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull:
      return Json();
    case YamlKind::kBool:
      return Json(node.text[0] == 't' || node.text[0] == 'T');
    case YamlKind::kInt:
      return IntegerToJson(node.text);
    case YamlKind::kFloat:
      return FloatToJson(node.text);
    default:
      return Json(node.text);
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
