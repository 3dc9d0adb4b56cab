#include "nlu/duckling_entity_extractor.h"

#include <algorithm>
#include <cctype>

namespace greenroom {
namespace {

std::string FormEscaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

// Intervals become {from, to}; everything else is the plain value.
Json ValueOf(const Json& match) {
  const Json& value = match["value"];
  if (value["type"].AsString() != "interval") return value["value"];
  return Json::Object({{"from", value["from"]["value"]}, {"to", value["to"]["value"]}});
}

class DucklingEntityExtractor final : public Component {
 public:
  DucklingEntityExtractor(const Json& parameters, DucklingFetch fetch) : fetch_(std::move(fetch)) {
    url_ = parameters["url"].AsString();
    timeout_ = parameters["timeout"].AsDouble(3);
    for (const Json& dimension : parameters["dimensions"].array()) dimensions_.push_back(dimension.AsString());
    const std::string& locale = parameters["locale"].AsString();
    settings_ = "&locale=" + FormEscaped(locale.empty() ? "en_US" : locale);
    const std::string& timezone = parameters["timezone"].AsString();
    if (!timezone.empty()) settings_ += "&tz=" + FormEscaped(timezone);
    if (!dimensions_.empty()) settings_ += "&dims=" + FormEscaped(parameters["dimensions"].Dump());
  }

  void Process(MessageState& message) const override {
    if (!fetch_ || url_.empty()) return;
    Result<std::string> answer = fetch_({url_ + "/parse", "text=" + FormEscaped(message.text) + settings_, timeout_});
    if (!answer.ok()) return;
    Result<Json> matches = ParseJson(*answer);
    if (!matches.ok()) return;
    for (const Json& match : matches->array()) AddEntity(match, message);
  }
  void ProcessTraining(std::span<MessageState>) const override {}
  void Save(BlobWriter&) const override {}

 private:
  void AddEntity(const Json& match, MessageState& message) const {
    const std::string& dimension = match["dim"].AsString();
    const bool wanted =
        dimensions_.empty() || std::find(dimensions_.begin(), dimensions_.end(), dimension) != dimensions_.end();
    if (!wanted) return;
    message.parse.entities.push_back(
        {.entity = dimension,
         .value = ValueOf(match),
         .start = static_cast<int>(match["start"].AsInt()),
         .end = static_cast<int>(match["end"].AsInt()),
         .extractor = "DucklingEntityExtractor",
         .confidence = 1.0,
         .extra = Json::Object({{"additional_info", match["value"]}, {"text", match["body"]}})});
  }

  DucklingFetch fetch_;
  std::string url_;
  std::string settings_;
  double timeout_ = 3;
  std::vector<std::string> dimensions_;
};

void WarnWhenUnreachable(const TrainContext& context, bool can_fetch) {
  if (context.diagnostics == nullptr || (can_fetch && !context.parameters["url"].AsString().empty())) return;
  context.diagnostics->Add(
      {.severity = Severity::kWarning,
       .code = "N106",
       .message = can_fetch ? "`DucklingEntityExtractor` has no `url`"
                            : "`DucklingEntityExtractor` needs a Duckling server, which cannot be reached from here",
       .label = "extracts nothing",
       .help = can_fetch ? "set `url:` to a running Duckling server"
                         : "use `RegexEntityExtractor` for numbers and dates of a fixed form, or remove it"});
}

std::vector<ParameterSpec> Parameters() {
  using Kind = ParameterSpec::Kind;
  return {{.kind = Kind::kString, .name = "url"},
          {.kind = Kind::kStringList, .name = "dimensions"},
          {.kind = Kind::kString, .name = "locale"},
          {.kind = Kind::kString, .name = "timezone"},
          {.kind = Kind::kFloat, .name = "timeout", .default_value = 3, .min = 0, .max = 60}};
}

}  // namespace

ComponentFactory DucklingEntityExtractorFactory(DucklingFetch fetch) {
  ComponentFactory factory;
  factory.spec = {.name = "DucklingEntityExtractor", .kind = ComponentKind::kExtractor, .parameters = Parameters()};
  factory.train = [fetch](TrainContext& context) -> Result<std::unique_ptr<Component>> {
    WarnWhenUnreachable(context, static_cast<bool>(fetch));
    return std::unique_ptr<Component>(std::make_unique<DucklingEntityExtractor>(context.parameters, fetch));
  };
  factory.load = [fetch = std::move(fetch)](const Json& parameters,
                                            const BlobReader&) -> Result<std::unique_ptr<Component>> {
    return std::unique_ptr<Component>(std::make_unique<DucklingEntityExtractor>(parameters, fetch));
  };
  return factory;
}

}  // namespace greenroom
