#include "conformance/exchange.h"

#include <gtest/gtest.h>

namespace greenroom::conformance {
namespace {

Json Recorded(int status, Json body) {
  return Json::Object({{"response", Json::Object({{"status", status},
                                                  {"headers", Json::Object({{"content-type", "application/json"}})},
                                                  {"body", std::move(body)}})}});
}

HttpClientResponse Answer(int status, const std::string& body) {
  HttpClientResponse answer{.status = status, .body = body};
  answer.headers.Set("Content-Type", "application/json; charset=utf-8");
  return answer;
}

TEST(Exchange, TimesAndConfidencesMayDifferButNotMembersAndTypes) {
  const Json recorded = Recorded(200, Json::Object({{"confidence", 0.99}, {"text", Json()}}));
  EXPECT_EQ(CompareAnswers(recorded, Answer(200, R"({"text": null, "confidence": 0.5})")), "");
  EXPECT_NE(CompareAnswers(recorded, Answer(200, R"({"text": "a", "confidence": 0.5})")), "");
  EXPECT_NE(CompareAnswers(recorded, Answer(200, R"({"confidence": 0.5})")), "");
  EXPECT_NE(CompareAnswers(recorded, Answer(409, R"({"text": null, "confidence": 0.5})")), "");
}

TEST(Exchange, ReasonsAreReadByProgramsAndMustBeTheSame) {
  const Json recorded = Recorded(409, Json::Object({{"reason", "Conflict"}, {"message", "No agent loaded."}}));
  EXPECT_EQ(CompareAnswers(recorded, Answer(409, R"({"reason": "Conflict", "message": "no model"})")), "");
  EXPECT_NE(CompareAnswers(recorded, Answer(409, R"({"reason": "Other", "message": "no model"})")), "");
}

TEST(Exchange, ErrorsMaySayMoreButAnswersMayNot) {
  EXPECT_EQ(CompareAnswers(Recorded(409, Json::Object({{"reason", "Conflict"}})),
                           Answer(409, R"({"reason": "Conflict", "request_id": "7"})")),
            "");
  EXPECT_NE(CompareAnswers(Recorded(200, Json::Object({{"a", 1}})), Answer(200, R"({"a": 2, "b": 1})")), "");
}

TEST(Exchange, ListsHaveTheSameLengthExceptRankings) {
  const Json recorded = Recorded(200, Json::Object({{"events", Json::List({1})}, {"scores", Json::List({1, 2})}}));
  EXPECT_EQ(CompareAnswers(recorded, Answer(200, R"({"events": [3], "scores": [1]})")), "");
  EXPECT_NE(CompareAnswers(recorded, Answer(200, R"({"events": [], "scores": [1]})")), "");
}

TEST(Exchange, ARefusalIsBetterThanAFailure) {
  const Json failed = Recorded(500, Json::Object({{"reason", "ParsingError"}}));
  EXPECT_EQ(DocumentedExchange(failed, Answer(400, R"({"status": "failure", "message": "no text"})")), "F19");
  EXPECT_EQ(DocumentedExchange(failed, Answer(500, R"({"status": "failure", "message": "no text"})")), "");
  EXPECT_EQ(DocumentedExchange(failed, Answer(400, "sorry")), "");
}

TEST(Exchange, WhatIsPassedOverInSilenceThereMayBeToldHere) {
  const Json silent = Recorded(200, Json::List());
  EXPECT_EQ(DocumentedExchange(silent, Answer(409, R"({"details": {"reason": "EnvironmentWithoutModel"}})")), "F28");
  EXPECT_EQ(DocumentedExchange(silent, Answer(409, R"({"details": {"reason": "SomethingElse"}})")), "");
  EXPECT_EQ(DocumentedExchange(silent, Answer(200, R"([{"text": "hi"}])")), "");
  const Json said = Recorded(200, Json::List({Json::Object({{"text", "hi"}})}));
  EXPECT_EQ(DocumentedExchange(said, Answer(409, R"({"details": {"reason": "EnvironmentWithoutModel"}})")), "")
      << "an answer that is missing is no difference on purpose";
}

TEST(Exchange, BodiesGoOutAsTheRecorderSentThem) {
  const auto body = [](Json sent) {
    return RequestOf(Json::Object({{"request", Json::Object({{"method", "POST"}, {"path", "/x"}, {"body", sent}})}}),
                     "http://127.0.0.1:1")
        .body;
  };
  EXPECT_EQ(body(Json::Object({{"text", "hi"}})), R"({"text":"hi"})");
  EXPECT_EQ(body("x"), R"("x")");
  EXPECT_EQ(body("{bad"), "{bad");
  EXPECT_EQ(body("x: ["), "x: [");
}

}  // namespace
}  // namespace greenroom::conformance
