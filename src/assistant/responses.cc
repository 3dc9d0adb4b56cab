#include "assistant/domain_loader.h"

namespace greenroom {
namespace {

const std::vector<std::string>& VariationKeys() {
  static const std::vector<std::string> keys = {"id",       "text",        "image",         "custom",
                                                "buttons",  "button_type", "quick_replies", "attachment",
                                                "elements", "channel",     "metadata",      "condition"};
  return keys;
}

void ReadCondition(const YamlNode& node, ResponseVariation& variation, Report& report) {
  if (!report.Expect(node, YamlKind::kMapping, {"D046", "a condition of a response"})) return;
  report.CheckKeys(node, {"type", "name", "value"}, {"D046", "a condition of a response"}, Severity::kError);
  const YamlNode* type = node.Find("type");
  const YamlNode* name = node.Find("name");
  const YamlNode* value = node.Find("value");
  if (!type || type->text != "slot" || !name || !value) {
    report.Error({"D046", "a condition of a response needs `type: slot`, `name` and `value`", node.span, "",
                  "conditions compare slots with values"});
    return;
  }
  if (auto slot = report.Text(*name, {"D046", "the `name` of a condition"}))
    variation.conditions.push_back({*slot, value->ToJson()});
}

void ReadConditions(const YamlNode& node, ResponseVariation& variation, Report& report) {
  if (node.is_null()) return;
  if (!report.Expect(node, YamlKind::kSequence, {"D046", "`condition`"})) return;
  variation.has_condition = true;
  for (const YamlNode& item : node.items) ReadCondition(item, variation, report);
}

void CheckButtons(const YamlNode& buttons, Report& report) {
  if (buttons.is_null() || !report.Expect(buttons, YamlKind::kSequence, {"D047", "`buttons`"})) return;
  for (const YamlNode& button : buttons.items) {
    if (!report.Expect(button, YamlKind::kMapping, {"D047", "a button"})) continue;
    if (button.Find("title")) continue;
    report.Warn({"D047", "a button has no `title`", button.span, "", "add `title:` and `payload:`"});
  }
}

void ReadField(const YamlNode& key, const YamlNode& value, ResponseVariation& variation, Report& report) {
  const std::string& name = key.text;
  if (name == "id") {
    variation.id = report.Text(value, {"D045", "`id`"}).value_or("");
  } else if (name == "channel") {
    if (!value.is_null()) variation.channel = report.Text(value, {"D045", "`channel`"}).value_or("");
  } else if (name == "condition") {
    ReadConditions(value, variation, report);
  } else if (name == "text" && !value.is_null()) {
    variation.text = report.Text(value, {"D045", "the `text` of a response"}, true);
  } else if (name != "text") {
    if (name == "buttons") CheckButtons(value, report);
    variation.content.Set(name, value.ToJson());
  }
}

std::optional<ResponseVariation> ReadVariation(const YamlNode& node, const std::string& response, Report& report) {
  std::string what = "each variation of `" + response + "`";
  if (!report.Expect(node, YamlKind::kMapping, {"D042", what})) return std::nullopt;
  report.CheckKeys(node, VariationKeys(), {"D043", "a response"}, Severity::kWarning);
  ResponseVariation variation{.content = Json::Object(), .span = node.span};
  for (size_t i = 0; i < node.keys.size(); ++i) ReadField(node.keys[i], node.items[i], variation, report);
  const YamlNode* custom = node.Find("custom");
  if (custom && !custom->is_null() && !report.Expect(*custom, YamlKind::kMapping, {"D044", "`custom` of a response"}))
    return std::nullopt;
  const YamlNode* text = node.Find("text");
  if ((text && !text->is_null()) || (custom && custom->is_mapping())) return variation;
  report.Error({"D044", "a variation of `" + response + "` has neither `text` nor `custom` (WrongType)", node.span,
                "says nothing", "add `text:`"});
  return std::nullopt;
}

}  // namespace

std::map<std::string, std::vector<ResponseVariation>> LoadResponses(const YamlNode& responses, Report& report) {
  std::map<std::string, std::vector<ResponseVariation>> loaded;
  if (!report.Expect(responses, YamlKind::kMapping, {"D040", "`responses`"})) return loaded;
  for (size_t i = 0; i < responses.keys.size(); ++i) {
    const YamlNode& name = responses.keys[i];
    const YamlNode& list = responses.items[i];
    if (!report.Expect(list, YamlKind::kSequence, {"D041", "the response `" + name.text + "`"})) continue;
    if (list.items.empty())
      report.Error({"D041", "the response `" + name.text + "` has no variation (EmptyResponse)", name.span, "",
                    "add `- text: ...`"});
    std::vector<ResponseVariation>& variations = loaded[name.text];
    for (const YamlNode& item : list.items) {
      if (auto variation = ReadVariation(item, name.text, report)) variations.push_back(std::move(*variation));
    }
  }
  return loaded;
}

}  // namespace greenroom
