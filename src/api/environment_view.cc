#include "api/environment_view.h"

namespace greenroom {
namespace {

constexpr char kRasaVersion[] = "3.6.21";
constexpr char kMinimumCompatible[] = "3.5.0";

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json OptionalText(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }
Json TimeOrNull(double time) { return time > 0 ? Json(time) : Json(); }

Json DescribeCommon(const EnvironmentRecord& record) {
  return Json::Object({{"name", record.name},
                       {"url", TextOrNull(record.url)},
                       {"token", record.token.empty() ? Json() : Json(kHiddenToken)},
                       {"kind", record.url.empty() ? "embedded" : "remote"},
                       {"epoch", record.epoch},
                       {"wanted", OptionalText(record.wanted_model)}});
}

void AddEmbedded(const EnvironmentStatus& status, Json& json) {
  json.Set("serving", OptionalText(status.serving))
      .Set("serving_digest", status.serving_digest)
      .Set("serving_epoch", status.epoch)
      .Set("state", status.state)
      .Set("version", kRasaVersion)
      .Set("draining", status.draining)
      .Set("since", status.since)
      .Set("failure", TextOrNull(status.failure));
}

// A server that is well but has another model is on its way to the wanted one, or stuck: `following`.
std::string StateOf(const RemoteStatus& status) {
  if (status.state != "ok") return status.state;
  if (!status.wanted) return "untagged";
  return status.AsWanted() ? "serving" : "following";
}

void AddRemote(const RemoteStatus& status, Json& json) {
  json.Set("state", StateOf(status))
      .Set("serving", TextOrNull(status.ModelName()))
      .Set("serving_id", TextOrNull(status.model_id))
      .Set("as_wanted", status.AsWanted())
      .Set("version", TextOrNull(status.version))
      .Set("minimum_compatible_version", TextOrNull(status.minimum_compatible_version))
      .Set("last_seen", TimeOrNull(status.last_seen))
      .Set("last_asked", TimeOrNull(status.last_asked))
      .Set("disagrees", status.disagrees)
      .Set("failure", TextOrNull(status.failure));
}

// A remote server that was never asked yet is not down.
int HttpStatusOf(const RemoteStatus& status) {
  if (status.state == "unknown") return 200;
  return status.answered == 0 ? 503 : status.answered;
}

}  // namespace

EnvironmentView::EnvironmentView(const ApiServices& services) {
  for (EnvironmentStatus& status : services.environments.Status()) embedded_[status.name] = std::move(status);
  if (!services.remotes) return;
  for (RemoteStatus& status : services.remotes->Status()) remote_[status.name] = std::move(status);
}

Json EnvironmentView::Describe(const EnvironmentRecord& record) const {
  Json json = DescribeCommon(record);
  auto embedded = embedded_.find(record.name);
  auto remote = remote_.find(record.name);
  if (!record.url.empty() && remote != remote_.end())
    AddRemote(remote->second, json);
  else if (record.url.empty() && embedded != embedded_.end())
    AddEmbedded(embedded->second, json);
  else
    json.Set("state", "unknown");
  return json;
}

Json EnvironmentView::Health(const EnvironmentRecord& record) const {
  Json described = Describe(record);
  bool embedded = record.url.empty();
  auto remote = remote_.find(record.name);
  int status = embedded ? (described["state"].AsString() == "loading" ? 503 : 200)
                        : (remote == remote_.end() ? 200 : HttpStatusOf(remote->second));
  return Json::Object(
      {{"version", embedded ? Json(kRasaVersion) : described["version"]},
       {"minimum_compatible_version", embedded ? Json(kMinimumCompatible) : described["minimum_compatible_version"]},
       {"status", status},
       {"state", described["state"]},
       {"model", described["serving"]}});
}

}  // namespace greenroom
