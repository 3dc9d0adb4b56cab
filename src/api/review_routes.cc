// What reviewers do with conversations: flag messages, label, mark as reviewed; and what filters offer to choose from.
#include "api/conversation_query.h"
#include "api/conversation_view.h"
#include "api/routes.h"
#include "base/digest.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kMaxLabel = 100, kMaxLabels = 50;

Error BadRequest(std::string message) { return {ErrorCode::kInvalidArgument, "bad_request", std::move(message)}; }

Result<double> MessageTime(const HttpRequest& request) {
  auto number = ParseJson(request.Param("message"));
  if (number && number->is_number()) return number->AsDouble();
  return BadRequest("a message is named by the `timestamp` of its event");
}

Result<HttpResponse> SetFlag(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(double at, MessageTime(request));
  GR_TRY(services.conversations.SetFlag(key, at, request.method == "PUT", ReviewerOf(request)));
  return HttpResponse::Empty(204);
}

// Each label has a colour of its own, the same for everybody; nobody has to choose one.
std::string ColourOf(const std::string& label) { return "#" + Sha256Hex(label).substr(0, 6); }

Json ShowLabel(const std::string& label) { return Json::Object({{"tag", label}, {"color", ColourOf(label)}}); }

Result<HttpResponse> AllLabels(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(std::vector<NameCount> labels, services.conversations.Labels("default"));
  std::vector<Json> shown;
  for (const auto& [label, count] : labels) shown.push_back(ShowLabel(label).Set("conversations", count));
  return Page(request, shown);
}

Result<HttpResponse> LabelsOf(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(std::vector<std::string> labels, services.conversations.LabelsOf(key));
  Json list = Json::List();
  for (const std::string& label : labels) list.Append(ShowLabel(label));
  return HttpResponse::Json(200, list);
}

// A text with labels between commas, as action servers send it, or a JSON list of texts or {"tag"}.
Result<std::vector<std::string>> ReadLabels(const HttpRequest& request) {
  std::vector<std::string> given;
  std::string_view body = Trim(request.body);
  if (body.starts_with('[') || body.starts_with('"')) {
    GR_ASSIGN(Json json, ParseJson(body));
    if (json.is_string()) json = Json::List({json});
    for (const Json& item : json.array()) given.push_back(item.is_string() ? item.AsString() : item["tag"].AsString());
  } else {
    given = Split(body, ',');
  }
  std::vector<std::string> labels;
  for (const std::string& label : given) {
    if (!Trim(label).empty()) labels.emplace_back(Trim(label));
  }
  if (labels.empty() || labels.size() > kMaxLabels) return BadRequest("the body must hold 1 to 50 labels");
  return labels;
}

Result<void> CheckLabel(const std::string& label) {
  bool plain = label.size() <= kMaxLabel && IsValidUtf8(label) && EscapeControls(label) == label;
  if (plain && label.find(',') == std::string::npos) return {};
  return BadRequest("a label has at most 100 bytes, and no comma or control character");
}

Result<HttpResponse> AddLabels(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(std::vector<std::string> labels, ReadLabels(request));
  for (const std::string& label : labels) GR_TRY(CheckLabel(label));
  GR_TRY(services.conversations.AddLabels(key, labels, ReviewerOf(request)));
  return LabelsOf(services, request);
}

Result<HttpResponse> RemoveLabel(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_TRY(services.conversations.RemoveLabel(key, request.Param("label"), ReviewerOf(request)));
  return HttpResponse::Empty(204);
}

Result<HttpResponse> ShowReview(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(std::string status, services.conversations.Review(key));
  return HttpResponse::Json(200, Json::Object({{"status", status}}));
}

Result<HttpResponse> SetReview(const ApiServices& services, const HttpRequest& request) {
  GR_ASSIGN(ConversationKey key, KeyOf(services, request));
  GR_ASSIGN(Json body, ReadObject(request, {"status"}));
  const std::string& status = body["status"].AsString();
  if (status != "unread" && status != "reviewed" && status != "saved_for_later")
    return BadRequest("`status` must be unread, reviewed or saved_for_later");
  GR_TRY(services.conversations.SetReview(key, status, ReviewerOf(request)));
  return HttpResponse::Json(200, body);
}

HttpHandler NamesOf(const ApiServices& services, Facet facet) {
  return OnExecutor(services, [services, facet](const HttpRequest&) -> Result<HttpResponse> {
    GR_TRY(services.conversations.CatchUp());
    GR_ASSIGN(std::vector<std::string> names, services.conversations.Names("default", facet));
    Json list = Json::List();
    for (const std::string& name : names) list.Append(name);
    return PageOf(list, static_cast<int64_t>(names.size()));
  });
}

Json ShowCounts(const std::vector<NameCount>& counts) {
  Json list = Json::List();
  for (const auto& [name, count] : counts) list.Append(Json::Object({{"name", name}, {"count", count}}));
  return list;
}

Result<HttpResponse> Statistics(const ApiServices& services, const HttpRequest& request) {
  const std::string* environment = request.Query("environment");
  GR_TRY(services.conversations.CatchUp());
  GR_ASSIGN(ConversationTotals totals, services.conversations.Totals("default", environment ? *environment : ""));
  return HttpResponse::Json(200, Json::Object({{"conversations", totals.conversations},
                                               {"user_messages", totals.users},
                                               {"bot_messages", totals.bots},
                                               {"top_intents", ShowCounts(totals.top[Facet::kIntent])},
                                               {"top_entities", ShowCounts(totals.top[Facet::kEntity])},
                                               {"top_actions", ShowCounts(totals.top[Facet::kAction])},
                                               {"top_policies", ShowCounts(totals.top[Facet::kPolicy])}}));
}

std::vector<Route> NameRoutes(const ApiServices& services) {
  struct List {
    const char *path, *name, *what;
    Facet facet;
  };
  std::vector<Route> routes;
  for (const List& list :
       {List{"/api/conversationIntents", "conversation_intents", "intents", Facet::kIntent},
        List{"/api/conversationEntities", "conversation_entities", "entities", Facet::kEntity},
        List{"/api/conversationActions", "conversation_actions", "actions", Facet::kAction},
        List{"/api/conversationPolicies", "conversation_policies", "policies", Facet::kPolicy},
        List{"/api/conversationSlots", "conversation_slots", "slots", Facet::kSlot},
        List{"/api/conversationInputChannels", "conversation_channels", "channels", Facet::kChannel}}) {
    routes.push_back({.method = "GET",
                      .pattern = list.path,
                      .name = list.name,
                      .policy = "conversations.view",
                      .summary = std::string("All ") + list.what + " in conversations",
                      .response_schema = Json::Object({{"type", "array"}, {"items", TypeOf("string")}}),
                      .handler = NamesOf(services, list.facet)});
  }
  return routes;
}

// Old and new clients have different words for labels.
std::vector<Route> LabelRoutes(const ApiServices& services) {
  Json list =
      Json::Object({{"type", "array"}, {"items", SchemaOf({{"tag", TypeOf("string")}, {"color", TypeOf("string")}})}});
  std::vector<Route> routes;
  for (const char* word : {"tags", "data-tags"}) {
    const std::string one = std::string("/api/conversations/{conversation_id}/") + word;
    const std::string suffix = word == std::string("tags") ? "" : "_of_data";
    auto route = [&](Route base, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
      base.name += suffix;
      base.handler = Bind(services, handle);
      routes.push_back(std::move(base));
    };
    route({"GET",
           std::string("/api/conversations/") + word,
           "list_labels",
           "conversations.view",
           "All labels of conversations",
           {},
           list,
           PagingWith({})},
          AllLabels);
    route({"GET",
           one,
           "labels_of_conversation",
           "conversations.view",
           "The labels of a conversation",
           {},
           list,
           EnvironmentWith({})},
          LabelsOf);
    route({"POST", one, "label_conversation", "conversations.modify",
           "Add labels: a text with commas between them, or a list", list, list, EnvironmentWith({})},
          AddLabels);
    route({"DELETE",
           one + "/{label}",
           "unlabel_conversation",
           "conversations.modify",
           "Take a label off",
           {},
           {},
           EnvironmentWith({})},
          RemoveLabel);
  }
  return routes;
}

std::vector<Route> NoteRoutes(const ApiServices& services) {
  const std::string one = "/api/conversations/{conversation_id}", flag = one + "/messages/{message}/flag";
  Json status = SchemaOf({{"status", TypeOf("string")}});
  Json count = TypeOf("integer"), list = TypeOf("array");
  Json statistics = SchemaOf({{"conversations", count},
                              {"user_messages", count},
                              {"bot_messages", count},
                              {"top_intents", list},
                              {"top_entities", list},
                              {"top_actions", list},
                              {"top_policies", list}});
  auto route = [&](Route base, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
    base.handler = Bind(services, handle);
    return base;
  };
  return {
      route({"PUT",
             flag,
             "flag_message",
             "conversations.modify",
             "Flag the message of this timestamp",
             {},
             {},
             EnvironmentWith({})},
            SetFlag),
      route({"DELETE", flag, "unflag_message", "conversations.modify", "Take a flag off", {}, {}, EnvironmentWith({})},
            SetFlag),
      route({"GET",
             one + "/review_status",
             "review_status",
             "conversations.view",
             "unread, reviewed (until the conversation goes on) or saved_for_later",
             {},
             status,
             EnvironmentWith({})},
            ShowReview),
      route({"PUT", one + "/review_status", "set_review_status", "conversations.modify", "Mark a conversation", status,
             status, EnvironmentWith({})},
            SetReview),
      route({"GET",
             "/api/statistics",
             "statistics",
             "conversations.view",
             "How much was said, and of what",
             {},
             statistics,
             {{"environment", "Only of this environment"}}},
            Statistics),
  };
}

}  // namespace

std::vector<Route> ReviewRoutes(const ApiServices& services) {
  std::vector<Route> routes = NoteRoutes(services);
  for (auto make : {LabelRoutes, NameRoutes})
    for (Route& route : make(services)) routes.push_back(std::move(route));
  return routes;
}

}  // namespace greenroom
