#include "channels/cors.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

HttpRequest From(const std::string& origin, const std::string& method = "GET") {
  HttpRequest request{.method = method};
  if (!origin.empty()) request.headers.Set("Origin", origin);
  return request;
}

std::string AllowedBy(const CorsPolicy& policy, const HttpRequest& request) {
  HttpResponse response;
  policy.Mark(request, response);
  return std::string(response.headers.Get("Access-Control-Allow-Origin"));
}

TEST(Cors, NothingIsSaidWhenItIsOff) {
  HttpResponse response;
  CorsPolicy().Mark(From("https://a.org"), response);
  EXPECT_TRUE(response.headers.empty());
}

TEST(Cors, AllMeansWhoeverAsks) {
  const CorsPolicy all = CorsPolicy::Create({"*"}).value();
  EXPECT_EQ(AllowedBy(all, From("https://a.org")), "https://a.org");
  EXPECT_EQ(AllowedBy(all, From("")), "*");
}

TEST(Cors, OnlyTheNamedOriginsMayRead) {
  const CorsPolicy named = CorsPolicy::Create({"https://a.org", "http://b.org:8080"}).value();
  EXPECT_EQ(AllowedBy(named, From("https://a.org")), "https://a.org");
  EXPECT_EQ(AllowedBy(named, From("http://b.org:8080")), "http://b.org:8080");
  for (const char* other : {"", "null", "http://a.org", "https://a.org.evil.org", "https://b.org"})
    EXPECT_EQ(AllowedBy(named, From(other)), "") << other;
}

TEST(Cors, APreflightNamesWhatMayBeSent) {
  HttpRequest request = From("https://a.org", "OPTIONS");
  request.headers.Set("Access-Control-Request-Method", "POST");
  request.headers.Set("Access-Control-Request-Headers", "content-type, authorization");
  const HttpResponse response = CorsPolicy::Create({"https://a.org"}).value().Preflight(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Access-Control-Allow-Origin"), "https://a.org");
  EXPECT_NE(response.headers.Get("Access-Control-Allow-Methods").find("POST"), std::string_view::npos);
  EXPECT_EQ(response.headers.Get("Access-Control-Allow-Headers"), "content-type, authorization");
}

TEST(Cors, WhatIsNoOriginIsRefused) {
  for (const char* text : {"", "a.org", "https://", "https://a.org/", "https://a.org/path", "://x", "https://a b"})
    EXPECT_EQ(CorsPolicy::Create({text}).error().reason, "bad_origin") << text;
}

}  // namespace
}  // namespace greenroom
