#include "assistant/endpoints_loader.h"

namespace greenroom {
namespace {

const std::vector<std::string>& Sections() {
  static const std::vector<std::string> names = {"version",      "action_endpoint", "nlg",
                                                 "nlu",          "models",          "tracker_store",
                                                 "event_broker", "event_intake",    "lock_store"};
  return names;
}

std::map<std::string, std::string> ReadTexts(const YamlNode& node, const std::string& key, Report& report) {
  std::map<std::string, std::string> texts;
  if (node.is_null() || !report.Expect(node, YamlKind::kMapping, {"E003", "`" + key + "`"})) return texts;
  for (size_t i = 0; i < node.keys.size(); ++i) {
    if (auto text = report.Text(node.items[i], {"E003", "a value of `" + key + "`"})) texts[node.keys[i].text] = *text;
  }
  return texts;
}

void ReadBasicAuth(const YamlNode& node, EndpointConfig& endpoint, Report& report) {
  std::map<std::string, std::string> texts = ReadTexts(node, "basic_auth", report);
  if (node.is_mapping()) report.CheckKeys(node, {"username", "password"}, {"E004", "`basic_auth`"}, Severity::kWarning);
  endpoint.basic_user = texts["username"];
  endpoint.basic_password = texts["password"];
}

// True when the key is one that every HTTP endpoint has.
bool ReadCommonKey(const std::string& key, const YamlNode& value, EndpointConfig& endpoint, Report& report) {
  Subject subject{"E003", "`" + key + "`"};
  if (key == "headers") return endpoint.headers = ReadTexts(value, key, report), true;
  if (key == "params") return endpoint.params = ReadTexts(value, key, report), true;
  if (key == "basic_auth") return ReadBasicAuth(value, endpoint, report), true;
  if (key == "enable_selective_domain") {
    if (auto on = report.Bool(value, subject)) endpoint.selective_domain = *on;
    return true;
  }
  std::string* target = key == "url"          ? &endpoint.url
                        : key == "token"      ? &endpoint.token
                        : key == "token_name" ? &endpoint.token_name
                        : key == "cafile"     ? &endpoint.cafile
                                              : nullptr;
  if (!target) return false;
  if (value.is_null()) return true;
  if (auto text = report.Text(value, subject)) *target = *text;
  return true;
}

EndpointConfig ReadEndpoint(const YamlNode& root, const std::string& section, Report& report) {
  EndpointConfig endpoint;
  const YamlNode* node = root.Find(section);
  if (!node || node->is_null() || !report.Expect(*node, YamlKind::kMapping, {"E002", "`" + section + "`"}))
    return endpoint;
  Json extra = Json::Object();
  for (size_t i = 0; i < node->keys.size(); ++i) {
    const std::string& key = node->keys[i].text;
    if (!ReadCommonKey(key, node->items[i], endpoint, report)) extra.Set(key, node->items[i].ToJson());
  }
  if (extra.size() > 0) endpoint.extra = std::move(extra);
  if (!endpoint.cafile.empty() && endpoint.url.starts_with("http://")) {
    report.Warn({"E007", "`" + section + "` has a `cafile`, but its url is not encrypted", node->span, "",
                 "write https://, or remove `cafile`"});
  }
  if (endpoint.url.empty() && section == "action_endpoint") {
    report.Warn({"E005", "`action_endpoint` has no `url`; custom actions cannot run", node->span, "",
                 "add the URL of the action server"});
  }
  return endpoint;
}

Json ReadStore(const YamlNode& root, const std::string& section, Report& report) {
  const YamlNode* node = root.Find(section);
  if (!node || node->is_null() || !report.Expect(*node, YamlKind::kMapping, {"E002", "`" + section + "`"})) return {};
  return node->ToJson();
}

}  // namespace

Endpoints LoadEndpoints(const YamlNode& root, Report& report) {
  Endpoints endpoints;
  if (root.is_null() || !report.Expect(root, YamlKind::kMapping, {"E001", "the endpoints file"})) return endpoints;
  report.CheckKeys(root, Sections(), {"E004", "the endpoints file"}, Severity::kWarning);
  endpoints.action = ReadEndpoint(root, "action_endpoint", report);
  endpoints.nlg = ReadEndpoint(root, "nlg", report);
  endpoints.nlu = ReadEndpoint(root, "nlu", report);
  endpoints.models = ReadEndpoint(root, "models", report);
  endpoints.tracker_store = ReadStore(root, "tracker_store", report);
  endpoints.event_broker = ReadStore(root, "event_broker", report);
  // One source of events, or a list of them.
  const YamlNode* intake = root.Find("event_intake");
  endpoints.event_intake =
      intake && intake->kind == YamlKind::kSequence ? intake->ToJson() : ReadStore(root, "event_intake", report);
  endpoints.lock_store = ReadStore(root, "lock_store", report);
  return endpoints;
}

Json LoadCredentials(const YamlNode& root, Report& report) {
  Json credentials = Json::Object();
  if (root.is_null() || !report.Expect(root, YamlKind::kMapping, {"E001", "the credentials file"})) return credentials;
  for (size_t i = 0; i < root.keys.size(); ++i) {
    const YamlNode& settings = root.items[i];
    if (!settings.is_null() &&
        !report.Expect(settings, YamlKind::kMapping, {"E006", "channel `" + root.keys[i].text + "`"}))
      continue;
    credentials.Set(root.keys[i].text, settings.is_null() ? Json::Object() : settings.ToJson());
  }
  return credentials;
}

}  // namespace greenroom
