#include "api/conversation_query.h"

#include "base/text.h"

namespace greenroom {
namespace {

constexpr double kLatestTime = 1e11;  // seconds; the year 5138
constexpr size_t kMaxNames = 100, kMaxText = 1000;

struct FacetName {
  const char* parameter;
  Facet facet;
  const char* summary;
};
constexpr FacetName kFacetNames[] = {
    {"intent", Facet::kIntent, "Intents of user messages"}, {"entity", Facet::kEntity, "Entities in user messages"},
    {"action", Facet::kAction, "Actions that ran"},         {"policies", Facet::kPolicy, "Policies that decided"},
    {"slots", Facet::kSlot, "Slots that got a value"},      {"input_channel", Facet::kChannel, "Channels"},
};

Error BadQuery(std::string message) { return {ErrorCode::kInvalidArgument, "bad_query", std::move(message)}; }

Result<std::vector<std::string>> QueryNames(const HttpRequest& request, std::string_view name) {
  std::vector<std::string> names;
  const std::string* given = request.Query(name);
  if (!given) return names;
  for (const std::string& part : Split(*given, ',')) {
    if (!Trim(part).empty()) names.emplace_back(Trim(part));
  }
  if (names.size() > kMaxNames) return BadQuery("`" + std::string(name) + "` takes at most 100 names");
  return names;
}

Result<std::string> QueryText(const HttpRequest& request, std::string_view name) {
  const std::string* given = request.Query(name);
  if (!given) return std::string();
  if (given->size() > kMaxText || given->find('\0') != std::string::npos)
    return BadQuery("`" + std::string(name) + "` takes at most 1000 bytes and no NUL");
  return *given;
}

Result<std::optional<double>> QueryReal(const HttpRequest& request, std::string_view name, double high) {
  const std::string* given = request.Query(name);
  if (!given || given->empty()) return std::optional<double>();
  auto number = ParseJson(*given);
  if (number && number->is_number() && number->AsDouble() >= 0 && number->AsDouble() <= high)
    return std::optional<double>(number->AsDouble());
  return BadQuery("`" + std::string(name) + "` must be a number from 0 to " + Json(high).Dump());
}

Result<std::optional<int64_t>> QueryCount(const HttpRequest& request, std::string_view name) {
  GR_ASSIGN(int64_t count, QueryNumber(request, name, {.fallback = -1, .low = 0, .high = 1'000'000'000}));
  return count < 0 ? std::optional<int64_t>() : std::optional<int64_t>(count);
}

Result<void> ReadNames(const HttpRequest& request, ConversationFilter& filter) {
  for (const FacetName& name : kFacetNames) {
    GR_ASSIGN(std::vector<std::string> wanted, QueryNames(request, name.parameter));
    if (!wanted.empty()) filter.any_of[name.facet] = std::move(wanted);
  }
  GR_ASSIGN(filter.labels, QueryNames(request, "tags"));
  GR_ASSIGN(filter.text, QueryText(request, "text"));
  GR_ASSIGN(filter.review, QueryText(request, "review_status"));
  for (const char* known : {"", "unread", "reviewed", "saved_for_later"})
    if (filter.review == known) return {};
  return BadQuery("`review_status` must be unread, reviewed or saved_for_later");
}

Result<void> ReadBounds(const HttpRequest& request, ConversationFilter& filter) {
  GR_ASSIGN(filter.from, QueryTime(request, "start"));
  GR_ASSIGN(filter.until, QueryTime(request, "until"));
  GR_ASSIGN(filter.maximum_confidence, QueryReal(request, "maximumConfidence", 1));
  GR_ASSIGN(filter.minimum_users, QueryCount(request, "minimumUserMessages"));
  GR_ASSIGN(filter.maximum_users, QueryCount(request, "maximumUserMessages"));
  GR_ASSIGN(PageBounds page, ReadPageBounds(request, {.fallback = 50, .low = 1, .high = 1000}));
  filter.limit = page.limit;
  filter.offset = page.offset;
  return {};
}

Result<void> ReadOrder(const HttpRequest& request, ConversationFilter& filter) {
  using Order = ConversationFilter::Order;
  GR_ASSIGN(bool newest, QueryFlag(request, "sort_by_latest_event_time", true));
  GR_ASSIGN(bool uncertain, QueryFlag(request, "sort_by_confidence", true));
  filter.order = newest ? Order::kNewestFirst : Order::kOldestFirst;
  const std::string* known = request.Query("in_training_data");
  if (!known || known->empty()) return {};
  GR_ASSIGN(filter.in_stories, QueryFlag(request, "in_training_data", false));
  // What is not in the training data is looked at to learn from: the least certain first.
  if (!*filter.in_stories && uncertain) filter.order = Order::kLeastCertainFirst;
  return {};
}

}  // namespace

std::vector<QueryParameter> ConversationParameters() {
  std::vector<QueryParameter> all = {
      {"environment", "Only of this environment"},
      {"text", "Text in a user message"},
      {"tags", "Labels, separated by commas"},
      {"review_status", "unread, reviewed or saved_for_later"},
      {"start", "Latest user message at this time or later", "number"},
      {"until", "Latest user message at this time or earlier", "number"},
      {"maximumConfidence", "Of the least certain action", "number"},
      {"minimumUserMessages", "Length", "integer"},
      {"maximumUserMessages", "Length", "integer"},
      {"in_training_data", "Whether the conversation is a story of the project", "boolean"},
      {"sort_by_confidence", "Least certain first; with in_training_data=false", "boolean"},
      {"sort_by_latest_event_time", "Newest first, else oldest first", "boolean"},
      {"is_flagged", "Only with flagged messages", "boolean"},
      {"exclude_self", "Without the caller's own conversation", "boolean"}};
  for (const FacetName& name : kFacetNames)
    all.push_back({name.parameter, std::string(name.summary) + ", separated by commas"});
  return PagingWith(std::move(all));
}

Result<ConversationFilter> ReadConversationFilter(const HttpRequest& request) {
  ConversationFilter filter;
  if (const std::string* environment = request.Query("environment")) filter.environment = *environment;
  GR_TRY(ReadNames(request, filter));
  GR_TRY(ReadBounds(request, filter));
  GR_TRY(ReadOrder(request, filter));
  GR_ASSIGN(filter.flagged_only, QueryFlag(request, "is_flagged", false));
  GR_ASSIGN(bool others, QueryFlag(request, "exclude_self", false));
  if (others) filter.except = PrincipalOf(request).name;
  return filter;
}

Result<std::optional<double>> QueryTime(const HttpRequest& request, std::string_view name) {
  return QueryReal(request, name, kLatestTime);
}

Result<bool> QueryFlag(const HttpRequest& request, std::string_view name, bool fallback) {
  const std::string* given = request.Query(name);
  if (!given || given->empty()) return fallback;
  std::string word = LowerCase(*given);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return BadQuery("`" + std::string(name) + "` must be true or false");
}

std::string AskedEnvironment(const HttpRequest& request) {
  const std::string* named = request.Query("environment");
  return named && !named->empty() ? *named : "production";
}

std::vector<QueryParameter> EnvironmentWith(std::vector<QueryParameter> others) {
  others.insert(others.begin(), {"environment", "Whose conversation; production when left out"});
  return others;
}

}  // namespace greenroom
