#include <simdjson.h>

#include <unordered_set>

#include "base/json.h"
#include "base/json_fault.h"
#include "base/text.h"

namespace greenroom {
namespace {

namespace sj = simdjson;

Error Refused(std::string reason, std::string message, std::string help = "") {
  return {ErrorCode::kInvalidArgument, std::move(reason), std::move(message), std::move(help)};
}

// The depth is checked before parsing, so that what deep nesting costs is one pass over the text.
Result<void> CheckDepth(std::string_view text, int limit) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == ']' || c == '}') --depth;
    if ((c == '[' || c == '{') && ++depth > limit) {
      return Refused("json_too_deep", "JSON is nested deeper than " + std::to_string(limit) + " levels (byte " +
                                          std::to_string(i) + ")");
    }
  }
  return {};
}

// simdjson says that a text is wrong, not where; the slow scan runs only on texts that are refused anyway.
Error Explain(std::string_view text, const char* cause) {
  JsonFault fault = FindJsonFault(text);
  std::string place = " (byte " + std::to_string(fault.offset) + ")";
  switch (fault.kind) {
    case JsonFault::Kind::kSyntax:
      return Refused("json_syntax", "not valid JSON: " + fault.what + place, "send one complete JSON value");
    case JsonFault::Kind::kLoneSurrogate:
      return Refused("json_invalid_utf8", "an escape names half a surrogate pair" + place);
    case JsonFault::Kind::kNumber:
      return Refused("json_number_range", "a number is too large" + place, "send it as a string");
    case JsonFault::Kind::kNone:
      break;
  }
  return Refused("json_syntax", std::string("not valid JSON: ") + cause, "send one complete JSON value");
}

class Builder {
 public:
  explicit Builder(size_t node_limit) : left_(node_limit) {}

  Result<Json> Build(sj::dom::element element) {
    if (left_-- == 0) return Refused("json_too_many_nodes", "JSON holds too many values");
    switch (element.type()) {
      case sj::dom::element_type::ARRAY:
        return BuildArray(element);
      case sj::dom::element_type::OBJECT:
        return BuildObject(element);
      case sj::dom::element_type::INT64:
        return Json(element.get_int64().value_unsafe());
      case sj::dom::element_type::UINT64:
        return Json::Unsigned(element.get_uint64().value_unsafe());
      case sj::dom::element_type::DOUBLE:
        return Json(element.get_double().value_unsafe());
      case sj::dom::element_type::STRING:
        return Json(std::string_view(element.get_string().value_unsafe()));
      case sj::dom::element_type::BOOL:
        return Json(element.get_bool().value_unsafe());
      case sj::dom::element_type::NULL_VALUE:
        return Json();
    }
    return Refused("json_syntax", "not a JSON value");
  }

 private:
  Result<Json> BuildArray(sj::dom::element element) {
    Json::Array values;
    const sj::dom::array array = element.get_array().value_unsafe();
    for (sj::dom::element child : array) {
      GR_ASSIGN(Json value, Build(child));
      values.push_back(std::move(value));
    }
    return Json(std::move(values));
  }

  Result<Json> BuildObject(sj::dom::element element) {
    Json json = Json::Object();
    Json::Members& members = json.MutableMembers();
    std::unordered_set<std::string_view> seen;
    const sj::dom::object object = element.get_object().value_unsafe();
    for (auto field : object) {
      if (!seen.insert(field.key).second) {
        return Refused("json_duplicate_key", "the key `" + std::string(field.key) + "` appears twice in one object",
                       "keep one of them");
      }
      GR_ASSIGN(Json value, Build(field.value));
      members.emplace_back(std::string(field.key), std::move(value));
    }
    return json;
  }

  size_t left_;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return Refused("json_too_large", "JSON is larger than " + std::to_string(limits.bytes) + " bytes");
  }
  if (!sj::validate_utf8(text.data(), text.size())) {
    return Refused("json_invalid_utf8", "byte " + std::to_string(FindInvalidUtf8(text)) + " is not valid UTF-8");
  }
  if (text.starts_with("\xEF\xBB\xBF"))
    return Refused("json_syntax", "not valid JSON: it begins with a byte order mark (byte 0)");
  GR_TRY(CheckDepth(text, limits.depth));
  sj::dom::parser parser;
  sj::dom::element root;
  sj::padded_string padded(text);
  if (auto error = parser.parse(padded).get(root); error != sj::SUCCESS) {
    return Explain(text, sj::error_message(error));
  }
  return Builder(limits.nodes).Build(root);
}

}  // namespace greenroom
