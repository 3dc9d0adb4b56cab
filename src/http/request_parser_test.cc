#include "http/request_parser.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

struct Outcome {
  RequestParser::State state;
  int status = 0;
  std::string reason;
  std::string body;
};

// Feeds in pieces of `step` bytes, the way a connection does.
Outcome Parse(std::string_view bytes, size_t step, RequestLimits limits = {}) {
  RequestParser parser(limits);
  std::string pending;
  const auto over = [&] {
    return parser.state() == RequestParser::State::kFailed || parser.state() == RequestParser::State::kComplete;
  };
  for (size_t at = 0; at < bytes.size() && !over(); at += step) {
    pending.append(bytes.substr(at, step));
    for (bool again = true; again && !over();) {
      pending.erase(0, parser.Feed(pending));
      again = parser.state() == RequestParser::State::kHeadComplete;
      if (again) parser.AcceptBody(limits.body, nullptr);
    }
  }
  return {parser.state(), parser.failure().status, parser.failure().reason, parser.request().body};
}

std::string Get(std::string_view target, std::string_view extra = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(extra) + "\r\n";
}

std::string Chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

struct BadRow {
  const char* name;
  std::string bytes;
  int status;
};

std::vector<BadRow> BadRows() {
  const std::string host = "Host: x\r\n";
  return {
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"the same host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
      {"host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"length and chunked", Get("/", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"two lengths", Get("/", "Content-Length: 4\r\nContent-Length: 5\r\n"), 400},
      {"list of lengths", Get("/", "Content-Length: 5, 5\r\n"), 400},
      {"length +5", Get("/", "Content-Length: +5\r\n"), 400},
      {"length -1", Get("/", "Content-Length: -1\r\n"), 400},
      {"length 0x10", Get("/", "Content-Length: 0x10\r\n"), 400},
      {"length 5_0", Get("/", "Content-Length: 5_0\r\n"), 400},
      {"length beyond 64 bits", Get("/", "Content-Length: 99999999999999999999\r\n"), 400},
      {"length empty", Get("/", "Content-Length:\r\n"), 400},
      {"xchunked", Get("/", "Transfer-Encoding: xchunked\r\n"), 400},
      {"space before the colon", Get("/", "Transfer-Encoding : chunked\r\n"), 400},
      {"chunked, identity", Get("/", "Transfer-Encoding: chunked, identity\r\n"), 400},
      {"chunked with HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunk size -1", Chunked("-1\r\n"), 400},
      {"chunk size 0x5", Chunked("0x5\r\n"), 400},
      {"chunk size with a space", Chunked("5 \r\nhello\r\n"), 400},
      {"chunk size of 17 digits", Chunked("FFFFFFFFFFFFFFFFF\r\n"), 400},
      {"chunk without its end", Chunked("2\r\nabc\r\n"), 400},
      {"chunk with bare LF", Chunked("2\nab\r\n"), 400},
      {"huge chunk extension", Chunked("1;" + std::string(1u << 20, 'a')), 400},
      {"trailer without colon", Chunked("0\r\nabc\r\n\r\n"), 400},
      {"bare LF in headers", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"bare CR in a value", Get("/", "A: b\rc\r\n"), 400},
      {"folded header", Get("/", "A: b\r\n c\r\n"), 400},
      {"header name with a space", Get("/", "A b: c\r\n"), 400},
      {"header name with NUL", Get("/", std::string("A\0b: c\r\n", 8)), 400},
      {"header value with NUL", Get("/", std::string("A: b\0c\r\n", 8)), 400},
      {"empty header name", Get("/", ": x\r\n"), 400},
      {"header without colon", Get("/", "abc\r\n"), 400},
      {"two authorizations", Get("/", "Authorization: a\r\nAuthorization: b\r\n"), 400},
      {"one header of 40 KiB", Get("/", "A: " + std::string(40u << 10, 'a') + "\r\n"), 431},
      {"If-Match of 1 MiB", Get("/", "If-Match: " + std::string(1u << 20, 'a') + "\r\n"), 431},
      {"request line of 9 KiB", Get("/" + std::string(9u << 10, 'a')), 414},
      {"method of 100 bytes", std::string(100, 'A') + " / HTTP/1.1\r\n" + host + "\r\n", 501},
      {"lower-case method", "get / HTTP/1.1\r\n" + host + "\r\n", 501},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/9.9", "GET / HTTP/9.9\r\n" + host + "\r\n", 505},
      {"HTTP/0.9", "GET /\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"absolute form of another host", Get("http://other/"), 400},
      {"target without a slash", Get("admin"), 400},
      {"dot segments", Get("/a/../admin"), 400},
      {"escaped dot segments", Get("/a/%2e%2e/admin"), 400},
      {"%00", Get("/a%00b"), 400},
      {"%zz", Get("/a%zz"), 400},
      {"cut escape", Get("/a%4"), 400},
      {"overlong UTF-8", Get("/%c0%ae"), 400},
      {"surrogate", Get("/%ed%a0%80"), 400},
      {"bad escape in the query", Get("/?a=%zz"), 400},
      {"fragment", Get("/a#b"), 400},
      {"two spaces", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"expect nonsense", Get("/", "Expect: nonsense\r\n"), 417},
      {"gzip body", Get("/", "Content-Encoding: gzip\r\n"), 415},
  };
}

TEST(RequestParser, RefusesEveryMalformedRequestWithItsStatusHoweverItIsCut) {
  for (const BadRow& row : BadRows()) {
    const Outcome whole = Parse(row.bytes, row.bytes.size());
    EXPECT_EQ(whole.state, RequestParser::State::kFailed) << row.name;
    EXPECT_EQ(whole.status, row.status) << row.name;
    if (row.bytes.size() > 4096) continue;
    const Outcome single = Parse(row.bytes, 1);
    EXPECT_EQ(single.status, whole.status) << row.name;
    EXPECT_EQ(single.reason, whole.reason) << row.name;
  }
}

TEST(RequestParser, TakesHeadersUpToTheLimitExactly) {
  const RequestLimits limits{.request_line = 100, .headers = 100, .header_count = 5, .body = 10};
  // "Host: x\r\n" has 9 bytes, "A: " and the line end 5 more.
  const auto with_headers = [&](size_t bytes) { return Get("/", "A: " + std::string(bytes - 9 - 5, 'a') + "\r\n"); };
  EXPECT_EQ(Parse(with_headers(99), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_headers(100), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_headers(101), 7, limits).status, 431);
  const auto with_fields = [&](int count) {
    std::string fields;
    for (int i = 1; i < count; ++i) fields += "A: b\r\n";
    return Get("/", fields);
  };
  EXPECT_EQ(Parse(with_fields(4), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_fields(5), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_fields(6), 7, limits).status, 431);
}

TEST(RequestParser, TakesRequestLinesUpToTheLimitExactly) {
  const RequestLimits limits{.request_line = 100};
  const auto with_line = [](size_t bytes) { return Get("/" + std::string(bytes - 14, 'a')); };
  EXPECT_EQ(Parse(with_line(99), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_line(100), 7, limits).state, RequestParser::State::kComplete);
  EXPECT_EQ(Parse(with_line(101), 7, limits).status, 414);
}

TEST(RequestParser, TakesBodiesUpToTheLimitExactly) {
  const RequestLimits limits{.body = 10};
  for (const size_t size : {9u, 10u, 11u}) {
    const std::string body(size, 'b');
    const std::string fixed =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body;
    const std::string pieces = Chunked("4\r\nbbbb\r\n" + std::string(1, static_cast<char>("0123456789"[size - 4])) +
                                       "\r\n" + body.substr(4) + "\r\n0\r\n\r\n");
    for (const std::string& bytes : {fixed, pieces}) {
      const Outcome outcome = Parse(bytes, 3, limits);
      if (size <= 10)
        EXPECT_EQ(outcome.body, body);
      else
        EXPECT_EQ(outcome.status, 413);
    }
  }
}

TEST(RequestParser, DecodesEachSegmentOnce) {
  Result<HttpRequest> request = ParseRequestBytes(Get("/conversations/a%2Fb%252e/tracker?x=1&x=2+3&y=%C3%A4&z"));
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->path_segments, (std::vector<std::string>{"conversations", "a/b%2e", "tracker"}));
  EXPECT_EQ(request->QueryCount("x"), 2u);
  EXPECT_EQ(*request->Query("y"), "\xC3\xA4");
  EXPECT_EQ(*request->Query("z"), "");
  EXPECT_EQ(request->query[1].second, "2 3");
  EXPECT_EQ(request->Query("a"), nullptr);
}

TEST(RequestParser, RoutesAbsoluteFormOfTheSameHostByItsPath) {
  Result<HttpRequest> request = ParseRequestBytes(Get("http://X/a?b=1"));
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->path, "/a");
  EXPECT_EQ(*request->Query("b"), "1");
}

TEST(RequestParser, ReadsChunkExtensionsAndTrailersAndDropsThem) {
  const Outcome outcome = Parse(Chunked("5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n"), 1);
  EXPECT_EQ(outcome.state, RequestParser::State::kComplete);
  EXPECT_EQ(outcome.body, "hello!");
}

TEST(RequestParser, KeepsTheConnectionAsTheClientAsksFor) {
  EXPECT_TRUE(ParseRequestBytes(Get("/"))->keep_alive);
  EXPECT_FALSE(ParseRequestBytes(Get("/", "Connection: Upgrade, close\r\n"))->keep_alive);
  EXPECT_FALSE(ParseRequestBytes("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(ParseRequestBytes("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
}

TEST(RequestParser, NamesARequestThatEndsTooEarly) {
  EXPECT_EQ(ParseRequestBytes("GET / HTTP/1.1\r\nHost").error().reason, "incomplete_request");
  EXPECT_EQ(ParseRequestBytes(Chunked("5\r\nhel")).error().reason, "incomplete_request");
}

}  // namespace
}  // namespace greenroom
