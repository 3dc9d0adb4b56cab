#include <algorithm>

#include "pipeline/component.h"

namespace greenroom {
namespace {

std::string KindName(ParameterSpec::Kind kind) {
  switch (kind) {
    case ParameterSpec::Kind::kBool:
      return "true or false";
    case ParameterSpec::Kind::kInt:
      return "a whole number";
    case ParameterSpec::Kind::kFloat:
      return "a number";
    case ParameterSpec::Kind::kString:
      return "a text";
    case ParameterSpec::Kind::kStringList:
      return "a list of texts";
    case ParameterSpec::Kind::kAny:
      break;
  }
  return "a value";
}

bool IsStringList(const Json& value) {
  return value.is_array() &&
         std::all_of(value.array().begin(), value.array().end(), [](const Json& item) { return item.is_string(); });
}

bool HasKind(const ParameterSpec& spec, const Json& value) {
  switch (spec.kind) {
    case ParameterSpec::Kind::kBool:
      return value.is_bool();
    case ParameterSpec::Kind::kInt:
      return value.is_int();
    case ParameterSpec::Kind::kFloat:
      return value.is_number();
    case ParameterSpec::Kind::kString:
      return value.is_string();
    case ParameterSpec::Kind::kStringList:
      return IsStringList(value);
    case ParameterSpec::Kind::kAny:
      break;
  }
  return true;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

// One configured component while its parameters are checked.
class ParameterCheck {
 public:
  ParameterCheck(const ComponentSpec& spec, const ComponentConfig& config, Diagnostics& diagnostics)
      : spec_(spec), config_(config), diagnostics_(diagnostics) {}

  Json Resolve() {
    Json resolved = Json::Object();
    for (const ParameterSpec& parameter : spec_.parameters) resolved.Set(parameter.name, parameter.default_value);
    for (const auto& [name, value] : config_.parameters.members()) {
      const ParameterSpec* parameter = FindSpec(name);
      if (parameter == nullptr) {
        ReportUnknown(name);
      } else if (Accept(*parameter, value)) {
        resolved.Set(name, value);
      }
    }
    ReportWithoutEffect();
    return resolved;
  }

 private:
  const ParameterSpec* FindSpec(std::string_view name) const {
    for (const ParameterSpec& parameter : spec_.parameters) {
      if (parameter.name == name) return &parameter;
    }
    return nullptr;
  }

  SourceSpan SpanOf(const std::string& name) const {
    auto found = config_.parameter_spans.find(name);
    return found == config_.parameter_spans.end() ? config_.span : found->second;
  }

  void ReportUnknown(const std::string& name) {
    std::vector<std::string> known;
    for (const ParameterSpec& parameter : spec_.parameters) known.push_back(parameter.name);
    const std::string nearest = NearestName(name, known);
    std::string help = known.empty() ? "this component has no parameters" : "known are " + Joined(known);
    if (!nearest.empty()) help = "did you mean `" + nearest + "`?";
    diagnostics_.Add({.severity = Severity::kWarning,
                      .code = "P102",
                      .message = "`" + spec_.name + "` has no parameter `" + name + "`",
                      .span = SpanOf(name),
                      .label = "ignored",
                      .help = std::move(help)});
  }

  // Null means: as if it were not written.
  bool Accept(const ParameterSpec& parameter, const Json& value) {
    if (value.is_null()) return false;
    if (parameter.no_effect) {
      without_effect_.push_back(parameter.name);
      return true;
    }
    if (!HasKind(parameter, value)) {
      return Refuse(parameter, "P103", "must be " + KindName(parameter.kind) + ", not " + value.Dump());
    }
    const bool bounded = parameter.min != 0 || parameter.max != 0;
    if (bounded && (value.AsDouble() < parameter.min || value.AsDouble() > parameter.max)) {
      return Refuse(parameter, "P104",
                    "must be from " + PythonFloat(parameter.min) + " to " + PythonFloat(parameter.max));
    }
    const auto& choices = parameter.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value.AsString()) == choices.end()) {
      return Refuse(parameter, "P105", "must be one of " + Joined(choices));
    }
    return true;
  }

  bool Refuse(const ParameterSpec& parameter, const char* code, const std::string& why) {
    diagnostics_.Add({.code = code,
                      .message = "parameter `" + parameter.name + "` of `" + spec_.name + "` " + why,
                      .span = SpanOf(parameter.name),
                      .help = "the default is " + parameter.default_value.Dump()});
    return false;
  }

  void ReportWithoutEffect() {
    if (without_effect_.empty()) return;
    const bool one = without_effect_.size() == 1;
    diagnostics_.Add({.severity = Severity::kNote,
                      .code = "P106",
                      .message = "`" + spec_.name + "`: " + Joined(without_effect_) +
                                 (one ? " has no meaning for our model" : " have no meaning for our models"),
                      .span = SpanOf(without_effect_.front()),
                      .label = "accepted, without effect"});
  }

  const ComponentSpec& spec_;
  const ComponentConfig& config_;
  Diagnostics& diagnostics_;
  std::vector<std::string> without_effect_;
};

}  // namespace

Json ResolveParameters(const ComponentSpec& spec, const ComponentConfig& config, Diagnostics& diagnostics) {
  return ParameterCheck(spec, config, diagnostics).Resolve();
}

}  // namespace greenroom
