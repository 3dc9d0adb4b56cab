// Features of slot values, by slot type: the numbers that Rasa gives its policies, as JSON text.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "dialogue/python_text.h"
#include "dialogue/states.h"

namespace greenroom {
namespace {

std::optional<double> ToNumber(const Json& value) {
  if (value.is_number()) return value.AsDouble();
  if (value.is_bool()) return value.AsBool() ? 1.0 : 0.0;
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = Trim(value.AsString());
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::isnan(number)) return std::nullopt;
  return number;
}

// "1", 1, 1.0 and "True" are true; other digits and numbers are false; anything else is no truth at all.
std::optional<bool> ToTruth(const Json& value) {
  if (value.is_bool()) return value.AsBool();
  if (value.is_number()) return value.AsDouble() == 1.0;
  if (!value.is_string()) return std::nullopt;
  const std::string& raw = value.AsString();
  const bool digits = !raw.empty() && std::all_of(raw.begin(), raw.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) return ToNumber(value) == 1.0;
  const std::string word = LowerCase(Trim(raw));
  if (word == "true") return true;
  if (word == "false") return false;
  return std::nullopt;
}

std::string CategoricalFeatures(const SlotDef& slot, const Json& value) {
  constexpr std::string_view kOther = "__other__";
  std::vector<std::string> categories;
  for (const std::string& name : slot.values) {
    if (name != kOther) categories.push_back(LowerCase(name));
  }
  categories.emplace_back(kOther);
  const auto found = std::find(categories.begin(), categories.end() - 1, LowerCase(PythonText(value)));
  const size_t hit = static_cast<size_t>(found - categories.begin());
  std::string text = "[";
  for (size_t i = 0; i < categories.size(); ++i) {
    if (i > 0) text += ", ";
    text += i == hit ? "1.0" : "0.0";
  }
  return text + "]";
}

std::string FloatFeatures(const SlotDef& slot, const Json& value) {
  const std::optional<double> number = ToNumber(value);
  if (!number) return "";
  const double range = slot.max_value - slot.min_value;
  const double clamped =
      std::clamp(*number, std::min(slot.min_value, slot.max_value), std::max(slot.min_value, slot.max_value));
  return "[1.0, " + PythonFloat((clamped - slot.min_value) / (std::abs(range) > 0 ? std::abs(range) : 1.0)) + "]";
}

}  // namespace

std::string StateEncoder::SlotFeatures(size_t index, const Json& value) const {
  const SlotDef& slot = slots_[index];
  if (!is_featurized(index) || value.is_null()) return "";
  if (value.is_string() && value.AsString() == kMustBeUnset) return "\"" + std::string(kUnsetText) + "\"";
  switch (slot.type) {
    case SlotType::kText:
      return "[1.0]";
    case SlotType::kList:
      // A scalar is stored as a list of one unless it is falsy.
      return !value.is_falsy() ? "[1.0]" : "";
    case SlotType::kFloat:
      return FloatFeatures(slot, value);
    case SlotType::kCategorical:
      return CategoricalFeatures(slot, value);
    case SlotType::kBool: {
      const std::optional<bool> truth = ToTruth(value);
      if (!truth) return "";
      return *truth ? "[1.0, 1.0]" : "[1.0, 0.0]";
    }
    case SlotType::kAny:
      break;
  }
  return "";
}

}  // namespace greenroom
