#include "conformance/exchange.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace greenroom::conformance {
namespace {

constexpr JsonLimits kBodyLimits{.bytes = 64u << 20, .depth = 200, .nodes = 4'000'000};

Json ParseBody(const std::string& body) {
  Result<Json> json = ParseJson(body, kBodyLimits);
  return json.ok() ? std::move(json).value() : Json(body);
}

// The recorder kept a body as it was given to it: texts that are no JSON by themselves were sent as JSON strings.
std::string BodyOf(const Json& request) {
  const Json& body = request["body"];
  if (body.is_null()) return "";
  if (!body.is_string()) return body.Dump();
  const std::string& text = body.AsString();
  const std::string& type = request["headers"]["Content-Type"].AsString();
  const bool is_raw = text.empty() || text[0] == '{' || text[0] == '[' || type.find("yaml") != std::string::npos ||
                      text.find('\n') != std::string::npos;
  return is_raw || text.find(':') != std::string::npos ? text : body.Dump();
}

// "application/json" of "application/json; charset=utf-8".
std::string MediaType(std::string_view type) { return LowerCase(Trim(type.substr(0, type.find(';')))); }

struct ComparedHeader {
  const char* name;
  bool value;  // not only its presence
};
constexpr ComparedHeader kHeaders[] = {{"allow", true},
                                       {"etag", false},
                                       {"www-authenticate", false},
                                       {"content-disposition", false},
                                       {"access-control-allow-origin", true}};

std::string Shown(const std::string& what, const std::string& want, const std::string& got) {
  constexpr size_t kMost = 500;
  return "    " + what + "\n      recorded: " + want.substr(0, kMost) + "\n      ours:     " + got.substr(0, kMost) +
         "\n";
}

std::string CompareHeaders(const Json& recorded, const HttpHeaders& ours, bool from_browser) {
  std::string text;
  for (const auto& [name, value] : kHeaders) {
    // Only pages of other sites, which name their origin, are told whether they may read the answer.
    if (std::string_view(name).starts_with("access-control") && !from_browser) continue;
    const Json* want = recorded.Find(name);
    const std::string got(ours.Get(name));
    const std::string wanted = want == nullptr ? "" : want->AsString();
    // What we say besides harms nobody.
    const bool same = wanted.empty() || (value ? wanted == got : !got.empty());
    if (!same) text += Shown(std::string("header ") + name, wanted, got);
  }
  const std::string& type = recorded["content-type"].AsString();
  const std::string got(ours.Get("Content-Type"));
  if (!type.empty() && type != "None" && MediaType(type) != MediaType(got)) text += Shown("content type", type, got);
  return text;
}

const char* TypeName(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "bool";
  if (value.is_number()) return "number";
  if (value.is_string()) return "string";
  return value.is_array() ? "list" : "object";
}

// Texts that programs act upon.
bool IsRead(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"status", "reason", "event", "recipient_id", "sender_id", "description"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

// Members whose number and order come from models that may differ.
bool IsRanking(std::string_view key) {
  return key == "intent_ranking" || key == "ranking" || key == "scores" || key == "predictions";
}

std::string ShapeDifference(const Json& want, const Json& got, const std::string& path);

std::string ObjectDifference(const Json& want, const Json& got, const std::string& path) {
  std::set<std::string> missing, extra;
  for (const auto& [key, value] : want.members()) {
    if (got.Find(key) == nullptr) missing.insert(key);
  }
  for (const auto& [key, value] : got.members()) {
    if (want.Find(key) == nullptr) extra.insert(key);
  }
  std::string text;
  for (const std::string& key : missing) text += "      " + path + "." + key + " is missing\n";
  for (const std::string& key : extra) text += "      " + path + "." + key + " is there besides\n";
  for (const auto& [key, value] : want.members()) {
    const Json* other = got.Find(key);
    if (other == nullptr) continue;
    if (IsRead(key) && value.is_string() && !(value == *other))
      text += "      " + path + "." + key + ": recorded " + value.Dump() + ", ours " + other->Dump() + "\n";
    else
      text += ShapeDifference(value, *other, path + "." + key);
  }
  return text;
}

std::string ListDifference(const Json& want, const Json& got, const std::string& path) {
  const size_t dot = path.rfind('.');
  const bool ranking = IsRanking(dot == std::string::npos ? path : std::string_view(path).substr(dot + 1));
  if (!ranking && want.size() != got.size())
    return "      " + path + ": recorded " + std::to_string(want.size()) + " items, ours " +
           std::to_string(got.size()) + "\n";
  std::string text;
  const size_t shown = ranking ? std::min<size_t>({want.size(), got.size(), 1}) : want.size();
  for (size_t i = 0; i < shown; ++i)
    text += ShapeDifference(want.array()[i], got.array()[i], path + "[" + std::to_string(i) + "]");
  return text;
}

std::string ShapeDifference(const Json& want, const Json& got, const std::string& path) {
  if (std::string_view(TypeName(want)) != TypeName(got))
    return "      " + path + ": recorded " + TypeName(want) + " " + want.Dump().substr(0, 80) + ", ours " +
           TypeName(got) + " " + got.Dump().substr(0, 80) + "\n";
  if (want.is_object()) return ObjectDifference(want, got, path);
  return want.is_array() ? ListDifference(want, got, path) : "";
}

// An error may say more than the recorded one: other members, and help where there was none.
void DropUnrecorded(const Json& want, Json& got) {
  if (!want.is_object() || !got.is_object()) return;
  if (want["help"].is_null() && got.Find("help")) got.Set("help", Json());
  std::erase_if(got.MutableMembers(), [&](const Json::Member& member) { return want.Find(member.first) == nullptr; });
  for (auto& [name, value] : got.MutableMembers()) DropUnrecorded(*want.Find(name), value);
}

// Lines of JSON may be spaced as they like. Recorded addresses were replaced.
bool IsSameText(const std::string& want, const std::string& got) {
  if (want == got || want.find("HOST:PORT") != std::string::npos) return true;
  const std::vector<std::string> lines = Split(want, '\n'), others = Split(got, '\n');
  return lines.size() == others.size() &&
         std::equal(lines.begin(), lines.end(), others.begin(),
                    [](const std::string& a, const std::string& b) { return a == b || ParseBody(a) == ParseBody(b); });
}

// The order of keys says nothing: the lines are the same, in whatever order their blocks come.
bool IsSameYaml(const std::string& want, const std::string& got) {
  std::vector<std::string> lines = Split(want, '\n'), others = Split(got, '\n');
  std::sort(lines.begin(), lines.end());
  std::sort(others.begin(), others.end());
  return lines == others;
}

// Differences between good answers.
std::string_view DocumentedBody(const Json& request, const Json& ours) {
  if (request["path"].AsString().find("%2F") != std::string::npos &&
      ours["sender_id"].AsString().find('/') != std::string::npos)
    return "F29";
  if (request["body"]["event"].AsString() == "session_started") return "F30";
  if (request["path"].AsString().find("output_channel=") != std::string::npos && ours.Find("messages")) return "F33";
  const Json* text = request["body"].Find("text");
  return text && text->is_string() && text->AsString().empty() && !ours.Find("intent_ranking") ? "F31" : "";
}

}  // namespace

HttpClientRequest RequestOf(const Json& exchange, const std::string& base_url) {
  const Json& recorded = exchange["request"];
  HttpClientRequest request{.method = recorded["method"].AsString(), .url = base_url + recorded["path"].AsString()};
  for (const auto& [name, value] : recorded["headers"].members()) request.headers.Set(name, value.AsString());
  request.body = BodyOf(recorded);
  request.total_timeout = std::chrono::seconds(60);
  request.max_response = 64u << 20;
  request.repeat = false;
  return request;
}

std::string CompareAnswers(const Json& exchange, const HttpClientResponse& ours) {
  const Json& recorded = exchange["response"];
  std::string text;
  if (recorded["status"].AsInt() != ours.status)
    text += Shown("status", std::to_string(recorded["status"].AsInt()) + " " + recorded["body"].Dump(),
                  std::to_string(ours.status) + " " + ours.body);
  if (!text.empty()) return text;
  text += CompareHeaders(recorded["headers"], ours.headers, exchange["request"]["headers"].Find("Origin") != nullptr);
  const Json& want = recorded["body"];
  if (want.is_string()) {
    // A text of several lines that is no JSON: lines of a stream, YAML, a page for people.
    const bool yaml = MediaType(recorded["headers"]["content-type"].AsString()).ends_with("yaml");
    const bool same = yaml ? IsSameYaml(want.AsString(), ours.body) : IsSameText(want.AsString(), ours.body);
    if (ours.status < 400 && !same) text += Shown("text", want.AsString(), ours.body);
    return text;
  }
  Json got = ParseBody(ours.body);
  if (ours.status >= 400) DropUnrecorded(want, got);
  const std::string shape = ShapeDifference(want, got, "body");
  return shape.empty() ? text : text + "    body\n" + shape;
}

std::string_view DocumentedExchange(const Json& exchange, const HttpClientResponse& ours) {
  const Json &request = exchange["request"], &recorded = exchange["response"];
  const int64_t status = recorded["status"].AsInt();
  const std::string& path = request["path"].AsString();
  const bool refused = ours.status >= 400 && ours.status < 500;
  const Json body = ParseBody(ours.body);
  const std::string& reason = body["details"]["reason"].AsString();
  // A failure of the server there is a refusal with its reason here.
  if (status >= 500 && refused) return body.Find("message") ? "F19" : "";
  const std::string& given = request["headers"]["Authorization"].AsString();
  if (!given.empty()) {
    if (status == 400 && ours.status == 401 && !given.starts_with("Bearer ")) return "F32";
    if (status == 401 && ours.status != 401 && !given.starts_with("Bearer ey")) return "F32";
  }
  if (status >= 400 && status < 500)
    return status == 405 && request["method"].AsString() == "HEAD" && ours.status == 200 ? "F27" : "";
  if (!refused)
    return status >= 500 && path.find("output_channel=") == std::string::npos ? "" : DocumentedBody(request, body);
  // What is passed over in silence there is told here.
  const bool silent = recorded["body"].is_array() && recorded["body"].size() == 0;
  if (silent && (reason == "EnvironmentWithoutModel" || reason == "BadRequest")) return "F28";
  return path.find("until=") != std::string::npos && reason == "BadQuery" ? "F28" : "";
}

}  // namespace greenroom::conformance
