#include "api/conversation_query.h"

#include <gtest/gtest.h>

#include <set>

namespace greenroom {
namespace {

HttpRequest Asking(std::vector<std::pair<std::string, std::string>> query) {
  HttpRequest request;
  request.query = std::move(query);
  SetCaller(request, {.name = "ann", .kind = PrincipalKind::kUser});
  return request;
}

TEST(ConversationQueryTest, NothingAskedIsTheNewestFifty) {
  ConversationFilter filter = ReadConversationFilter(Asking({})).value();
  EXPECT_EQ(filter.limit, 50);
  EXPECT_EQ(filter.offset, 0);
  EXPECT_EQ(filter.environment, "");
  EXPECT_TRUE(filter.any_of.empty());
  EXPECT_TRUE(filter.except.empty());
  EXPECT_FALSE(filter.in_stories.has_value());
  EXPECT_EQ(filter.order, ConversationFilter::Order::kNewestFirst);
}

TEST(ConversationQueryTest, EachNameOfRasaXSetsItsPartOfTheFilter) {
  ConversationFilter filter = ReadConversationFilter(Asking({{"environment", "qa"},
                                                             {"intent", "greet, bye ,"},
                                                             {"entity", "city"},
                                                             {"action", "utter_x"},
                                                             {"policies", "RulePolicy"},
                                                             {"slots", "name"},
                                                             {"input_channel", "rest"},
                                                             {"tags", "good"},
                                                             {"text", "50%"},
                                                             {"review_status", "reviewed"},
                                                             {"start", "1.5"},
                                                             {"until", "2"},
                                                             {"maximumConfidence", "0.5"},
                                                             {"minimumUserMessages", "2"},
                                                             {"maximumUserMessages", "9"},
                                                             {"is_flagged", "true"},
                                                             {"exclude_self", "True"},
                                                             {"limit", "20"},
                                                             {"offset", "40"}}))
                                  .value();
  EXPECT_EQ(filter.environment, "qa");
  EXPECT_EQ(filter.any_of[Facet::kIntent], (std::vector<std::string>{"greet", "bye"}));
  EXPECT_EQ(filter.any_of.size(), 6u);
  EXPECT_EQ(filter.labels, (std::vector<std::string>{"good"}));
  EXPECT_EQ(filter.text, "50%");
  EXPECT_EQ(filter.review, "reviewed");
  EXPECT_EQ(filter.from, 1.5);
  EXPECT_EQ(filter.until, 2.0);
  EXPECT_EQ(filter.maximum_confidence, 0.5);
  EXPECT_EQ(filter.minimum_users, 2);
  EXPECT_EQ(filter.maximum_users, 9);
  EXPECT_TRUE(filter.flagged_only);
  EXPECT_EQ(filter.except, "ann");
  EXPECT_EQ(filter.limit, 20);
  EXPECT_EQ(filter.offset, 40);
}

TEST(ConversationQueryTest, SortsByConfidenceOnlyWhatIsNotInTheTrainingData) {
  using Order = ConversationFilter::Order;
  auto order = [](std::vector<std::pair<std::string, std::string>> query) {
    return ReadConversationFilter(Asking(std::move(query))).value().order;
  };
  EXPECT_EQ(order({{"in_training_data", "false"}}), Order::kLeastCertainFirst);
  EXPECT_EQ(order({{"in_training_data", "false"}, {"sort_by_confidence", "false"}}), Order::kNewestFirst);
  EXPECT_EQ(order({{"in_training_data", "true"}}), Order::kNewestFirst);
  EXPECT_EQ(order({{"sort_by_confidence", "true"}}), Order::kNewestFirst);
  EXPECT_EQ(order({{"sort_by_latest_event_time", "false"}}), Order::kOldestFirst);
}

TEST(ConversationQueryTest, WhatCannotBeMeantIsRefusedByName) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"start", "NaN"},
                                                                                    {"start", "yesterday"},
                                                                                    {"until", "-1"},
                                                                                    {"until", "1e308"},
                                                                                    {"maximumConfidence", "1.1"},
                                                                                    {"minimumUserMessages", "-1"},
                                                                                    {"maximumUserMessages", "2.5"},
                                                                                    {"limit", "0"},
                                                                                    {"limit", "1001"},
                                                                                    {"offset", "x"},
                                                                                    {"is_flagged", "maybe"},
                                                                                    {"in_training_data", "2"},
                                                                                    {"review_status", "gone"},
                                                                                    {"text", std::string(1001, 'x')}}) {
    auto filter = ReadConversationFilter(Asking({{name, value}}));
    ASSERT_FALSE(filter.ok()) << name;
    EXPECT_EQ(filter.error().reason, "bad_query") << name;
    EXPECT_NE(filter.error().message.find("`" + name + "`"), std::string::npos) << filter.error().message;
  }
}

TEST(ConversationQueryTest, EveryParameterIsDeclaredOnce) {
  std::set<std::string> names;
  for (const QueryParameter& parameter : ConversationParameters()) {
    EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
    EXPECT_FALSE(parameter.summary.empty()) << parameter.name;
  }
  for (const char* name : {"environment", "intent", "entity", "action", "policies", "text", "start", "until",
                           "maximumConfidence", "minimumUserMessages", "in_training_data", "sort_by_confidence",
                           "sort_by_latest_event_time", "is_flagged", "exclude_self", "limit", "offset"})
    EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace
}  // namespace greenroom
