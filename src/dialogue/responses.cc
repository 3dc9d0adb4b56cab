#include "dialogue/responses.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "dialogue/python_text.h"

namespace greenroom {
namespace {

using Variations = std::vector<const ResponseVariation*>;

constexpr std::array<const char*, 6> kDataKeys = {"elements",   "quick_replies", "buttons",
                                                  "attachment", "image",         "custom"};
// Elements and metadata are said as they are written.
constexpr std::array<const char*, 6> kFilledKeys = {"text",    "image",      "custom",
                                                    "buttons", "attachment", "quick_replies"};

bool IsDataKey(std::string_view key) { return std::find(kDataKeys.begin(), kDataKeys.end(), key) != kDataKeys.end(); }

bool Holds(const ResponseCondition& condition, const Tracker& tracker) {
  const Json& value = tracker.Slot(condition.slot);
  if (value.is_string() && condition.value.is_string())
    return LowerCase(value.AsString()) == LowerCase(condition.value.AsString());
  return value == condition.value;
}

bool AllHold(const ResponseVariation& variation, const Tracker& tracker) {
  return !variation.conditions.empty() &&
         std::all_of(variation.conditions.begin(), variation.conditions.end(),
                     [&](const ResponseCondition& each) { return Holds(each, tracker); });
}

// The class of a variation by preference; 4 = not for this channel or state.
size_t ClassOf(const ResponseVariation& variation, const ResponseChoice& choice) {
  if (!variation.channel.empty() && variation.channel != choice.channel) return 4;
  const bool for_channel = !variation.channel.empty();
  if (!variation.has_condition) return for_channel ? 1 : 3;
  if (!AllHold(variation, *choice.tracker)) return 4;
  return for_channel ? 0 : 2;
}

Variations ChosenClass(const std::string& name, const ResponseChoice& choice) {
  std::array<Variations, 5> classes;
  const auto found = choice.domain->responses.find(name);
  if (found == choice.domain->responses.end()) return {};
  for (const ResponseVariation& variation : found->second) classes[ClassOf(variation, choice)].push_back(&variation);
  for (size_t i = 0; i < 4; ++i) {
    if (!classes[i].empty()) return std::move(classes[i]);
  }
  return {};
}

std::optional<std::string> ValueOf(const std::string& name, const ResponseChoice& choice) {
  if (const Json* argument = choice.arguments.Find(name)) return PythonText(*argument);
  if (!choice.tracker->HasSlot(name)) return std::nullopt;
  return PythonText(choice.tracker->Slot(name));
}

Error Broken(const std::string& text) {
  return Error{ErrorCode::kInvalidArgument, "response_template_broken", "the text has an unbalanced brace: " + text,
               "write {{ and }} for braces that are meant literally"};
}

// The end of the field that opens at `begin`: its closing brace, where inner braces are balanced; npos when there is
// none.
size_t FieldEnd(const std::string& text, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string::npos;
}

bool IsNameInBraces(const std::string& text, size_t begin) {
  const size_t end = text.find_first_of("{}\n", begin + 1);
  return end != std::string::npos && end > begin + 1 && text[end] == '}';
}

Result<Json> Fill(const Json& value, const ResponseChoice& choice) {
  if (value.is_string()) {
    GR_ASSIGN(std::string text, FillTemplate(value.AsString(), choice));
    return Json(std::move(text));
  }
  if (value.is_array()) {
    Json list = Json::List();
    for (const Json& item : value.array()) {
      GR_ASSIGN(Json filled, Fill(item, choice));
      list.Append(std::move(filled));
    }
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::Object();
  for (const auto& [key, item] : value.members()) {
    GR_ASSIGN(Json filled, Fill(item, choice));
    object.Set(key, std::move(filled));
  }
  return object;
}

Json ConditionsToJson(const ResponseVariation& variation) {
  Json list = Json::List();
  for (const ResponseCondition& each : variation.conditions) {
    list.Append(Json::Object({{"type", "slot"}, {"name", each.slot}, {"value", each.value}}));
  }
  return list;
}

// The variation as it is written; what no message shows ends up in the metadata, as clients know it.
Json FieldsOf(const ResponseVariation& variation) {
  Json fields = Json::Object();
  if (!variation.id.empty()) fields.Set("id", variation.id);
  if (variation.text) fields.Set("text", *variation.text);
  for (const auto& [key, value] : variation.content.members()) fields.Set(key, value);
  if (!variation.channel.empty()) fields.Set("channel", variation.channel);
  if (variation.has_condition) fields.Set("condition", ConditionsToJson(variation));
  return fields;
}

void SetData(BotMessage& message, const std::string& key, const Json& value) {
  const bool was_image = message.data["attachment"] == message.data["image"];
  message.data.Set(key, value);
  if (key == "image" && (was_image || message.data["attachment"].is_null())) message.data.Set("attachment", value);
}

}  // namespace

Result<std::string> FillTemplate(const std::string& text, const ResponseChoice& choice) {
  if (text.find_first_of("{}") == std::string::npos) return text;
  std::string out;
  bool has_fields = false, has_literal_name = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      out += c;
    } else if (i + 1 < text.size() && text[i + 1] == c) {
      has_literal_name = has_literal_name || (c == '{' && IsNameInBraces(text, i + 1));
      out += c;
      ++i;
    } else {
      const size_t end = c == '{' ? FieldEnd(text, i) : std::string::npos;
      if (end == std::string::npos || end == i + 1) return Broken(text);
      const std::optional<std::string> value = ValueOf(text.substr(i + 1, end - i - 1), choice);
      if (!value) return text;
      has_fields = true;
      out += *value;
      i = end;
    }
  }
  // As Rasa does: a name in doubled braces, or this piece of text, leaves all fields as they are written.
  const bool looks_unfilled = has_literal_name || out.find("0[") != std::string::npos;
  return looks_unfilled && has_fields ? text : out;
}

Result<std::optional<BotMessage>> RenderResponse(const std::string& name, const ResponseChoice& choice) {
  const Variations variations = ChosenClass(name, choice);
  if (variations.empty()) return std::optional<BotMessage>();
  Random random(HashCombine(choice.seed, Hash64(name)));
  Json fields = FieldsOf(*variations[random.Below(variations.size())]);
  for (const char* key : kFilledKeys) {
    Json* value = fields.Find(key);
    if (value == nullptr) continue;
    GR_ASSIGN(*value, Fill(*value, choice));
  }
  fields.Set("utter_action", name);
  return std::optional<BotMessage>(MakeBotMessage(fields));
}

BotMessage OverlayReply(BotMessage message, const Json& reply) {
  if (!message.data.is_object()) message.data = MakeBotMessage(Json::Object()).data;
  for (const auto& [key, value] : reply.members()) {
    if (key == "response" || value.is_falsy()) continue;
    if (key == "text") {
      message.text = PythonText(value);
    } else if (key == "buttons" && message.data["buttons"].is_array() && value.is_array()) {
      for (const Json& button : value.array()) message.data.Find("buttons")->Append(button);
    } else if (IsDataKey(key)) {
      SetData(message, key, value);
    } else {
      message.metadata.Set(key, value);
    }
  }
  return message;
}

BotMessage MakeBotMessage(const Json& fields) {
  BotMessage message{.data = Json::Object(), .metadata = Json::Object()};
  for (const char* key : kDataKeys) message.data.Set(key, fields[key]);
  if (message.data["attachment"].is_falsy()) message.data.Set("attachment", message.data["image"]);
  for (const auto& [key, value] : fields.members()) {
    if (key == "text") {
      if (!value.is_null()) message.text = PythonText(value);
    } else if (!IsDataKey(key)) {
      message.metadata.Set(key, value);
    }
  }
  return message;
}

std::optional<std::string> ResponseIdForNlg(const std::string& name, const ResponseChoice& choice) {
  const Variations variations = ChosenClass(name, choice);
  if (variations.empty()) return std::nullopt;
  for (size_t i = 0; i < variations.size(); ++i) {
    if (variations[i]->id.empty()) return std::nullopt;
    for (size_t other = 0; other < i; ++other) {
      if (variations[other]->id == variations[i]->id) return std::nullopt;
    }
  }
  return variations.front()->id;
}

}  // namespace greenroom
