#include "http/server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include "http/internal/test_socket.h"
#include "http/router.h"

namespace greenroom {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<HttpServer> StartServer(HttpHandler handler, HttpServerOptions options = {}) {
  Result<std::unique_ptr<HttpServer>> server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.error().message;
  return std::move(server).value();
}

void Echo(std::shared_ptr<HttpRequest> request, Responder respond) {
  respond(HttpResponse::Text(200, request->method + " " + request->path + " " + request->body));
}

std::string Get(std::string_view target, std::string_view extra = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(extra) + "\r\n";
}

std::string Post(std::string_view body, std::string_view extra = "") {
  return "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(extra) +
         "\r\n" + std::string(body);
}

bool Has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// Short limits, so that a test waits for the closing and not for a clock.
HttpServerOptions ShortLimits() {
  return {.header_timeout = milliseconds(60),
          .body_timeout = milliseconds(60),
          .keep_alive_timeout = milliseconds(60),
          .write_timeout = milliseconds(150),
          .sweep_interval = milliseconds(10)};
}

// Holds responders until the test lets them answer.
class Desk {
 public:
  HttpHandler Handler() {
    return [this](std::shared_ptr<HttpRequest> request, Responder respond) {
      std::lock_guard<std::mutex> lock(mutex_);
      waiting_.emplace_back(std::move(request), std::move(respond));
      arrived_.notify_all();
    };
  }
  Responder Next() {
    std::unique_lock<std::mutex> lock(mutex_);
    arrived_.wait(lock, [&] { return !waiting_.empty(); });
    Responder respond = std::move(waiting_.front().second);
    waiting_.pop_front();
    return respond;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<std::shared_ptr<HttpRequest>, Responder>> waiting_;
};

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.Send(Post("body" + std::to_string(i)));
    const std::string answer = client.ReadAnswer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_TRUE(answer.ends_with("POST /p body" + std::to_string(i))) << answer;
    EXPECT_TRUE(Has(answer, "X-Content-Type-Options: nosniff\r\n")) << answer;
  }
  EXPECT_EQ(server->counters().requests, 3u);
}

TEST(HttpServer, AnswersAThousandPipelinedRequestsInOrder) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  std::string all;
  for (int i = 0; i < 1000; ++i) all += Get("/" + std::to_string(i));
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(client.ReadAnswer().ends_with("GET /" + std::to_string(i) + " ")) << i;
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderWhenOtherThreadsAnswer) {
  std::vector<std::thread> threads;
  {
    const auto server = StartServer([&](std::shared_ptr<HttpRequest> request, Responder respond) {
      threads.emplace_back([request, respond] { respond(HttpResponse::Text(200, request->path)); });
    });
    TestSocket client(server->port());
    client.Send(Get("/1") + Get("/2") + Get("/3"));
    for (const char* path : {"/1", "/2", "/3"}) EXPECT_TRUE(client.ReadAnswer().ends_with(path));
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(HttpServer, TakesOverAValidRequestIdAndReplacesABadOne) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  client.Send(Get("/", "X-Request-Id: abc-1.2_3\r\n"));
  EXPECT_TRUE(Has(client.ReadAnswer(), "X-Request-Id: abc-1.2_3\r\n"));
  client.Send(Get("/", "X-Request-Id: <script>\r\n"));
  const std::string answer = client.ReadAnswer();
  EXPECT_TRUE(Has(answer, "X-Request-Id: "));
  EXPECT_FALSE(Has(answer, "script"));
}

TEST(HttpServer, RefusesWithAJsonBodyAndCloses) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  client.Send("GET / HTTP/1.1\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_TRUE(Has(answer, "Connection: close\r\n"));
  Result<Json> body = ParseJson(answer.substr(answer.find("\r\n\r\n") + 4));
  ASSERT_TRUE(body.ok()) << answer;
  EXPECT_EQ((*body)["status"].AsString(), "failure");
  EXPECT_EQ((*body)["reason"].AsString(), "BadHost");
  EXPECT_EQ((*body)["code"].AsInt(), 400);
  EXPECT_FALSE((*body)["request_id"].AsString().empty());
  EXPECT_FALSE((*body)["version"].AsString().empty());
}

TEST(HttpServer, DoesNotRunARequestThatIsSmuggledBehindAmbiguousFraming) {
  std::atomic<int> runs = 0;
  const auto server = StartServer([&](std::shared_ptr<HttpRequest> request, Responder respond) {
    ++runs;
    Echo(std::move(request), std::move(respond));
  });
  for (const char* framing :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4\r\nContent-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"}) {
    TestSocket client(server->port());
    client.Send("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(framing) + "\r\n0\r\n\r\n" + Get("/smuggled"));
    const std::string answer = client.ReadAll();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
    EXPECT_EQ(answer.find("HTTP/1.1", 8), std::string::npos) << answer;
  }
  EXPECT_EQ(runs, 0);
  TestSocket client(server->port());
  client.Send("GET /outer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
              std::to_string(Get("/inner").size()) + "\r\n\r\n" + Get("/inner"));
  EXPECT_TRUE(Has(client.ReadAll(), "GET /outer GET /inner"));
  EXPECT_EQ(runs, 1);
}

TEST(HttpServer, LimitsBodiesByRoute) {
  const auto server = StartServer(
      Echo, {.body_limit_for = [](const HttpRequest& head) -> size_t { return head.path == "/p" ? 100 : 5; }});
  for (const size_t size : {99u, 100u, 101u}) {
    TestSocket client(server->port());
    client.Send(Post(std::string(size, 'b')));
    EXPECT_TRUE(client.ReadAnswer().starts_with(size <= 100 ? "HTTP/1.1 200" : "HTTP/1.1 413")) << size;
  }
}

TEST(HttpServer, RefusesAnEndlessChunkedBodyAtItsLimit) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 17; ++i) client.Send(chunk);
  EXPECT_TRUE(client.ReadThrough("}").starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, SaysContinueOnlyWhenTheBodyIsWelcome) {
  const auto server = StartServer(Echo);
  TestSocket welcome(server->port());
  welcome.Send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(welcome.ReadThrough("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  welcome.Send("hi");
  EXPECT_TRUE(welcome.ReadAnswer().ends_with("POST /p hi"));
  TestSocket large(server->port());
  large.Send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(large.ReadAnswer().starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, LeavesTheBodyOutOfAnswersToHead) {
  const auto server = StartServer(Echo);
  TestSocket client(server->port());
  client.Send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/g"));
  EXPECT_TRUE(Has(client.ReadThrough("\r\n\r\n"), "Content-Length: 8\r\n"));
  EXPECT_TRUE(client.ReadAnswer().ends_with("GET /g "));
}

TEST(HttpServer, ValuesCannotAddHeaderFields) {
  const auto server = StartServer([](std::shared_ptr<HttpRequest>, Responder respond) {
    HttpResponse response = HttpResponse::Text(200, "");
    response.headers.Add("X-Name", "a\r\nSet-Cookie: b");
    respond(std::move(response));
  });
  TestSocket client(server->port());
  client.Send(Get("/"));
  EXPECT_TRUE(Has(client.ReadAnswer(), "X-Name: a  Set-Cookie: b\r\n"));
}

TEST(HttpServer, ClosesAClientWhoseHeadComesTooSlowly) {
  const auto server = StartServer(Echo, ShortLimits());
  TestSocket client(server->port());
  client.Send("GET / HT");
  EXPECT_TRUE(client.ReadAll().starts_with("HTTP/1.1 408"));
}

TEST(HttpServer, ClosesAClientWhoseBodyComesTooSlowly) {
  const auto server = StartServer(Echo, ShortLimits());
  TestSocket client(server->port());
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
  EXPECT_TRUE(client.ReadAll().starts_with("HTTP/1.1 408"));
}

TEST(HttpServer, ClosesIdleConnectionsInSilence) {
  const auto server = StartServer(Echo, ShortLimits());
  TestSocket fresh(server->port());
  EXPECT_TRUE(fresh.AtEnd());
  TestSocket used(server->port());
  used.Send(Get("/"));
  used.ReadAnswer();
  EXPECT_TRUE(used.AtEnd());
}

TEST(HttpServer, ClosesAClientThatDoesNotReadItsAnswer) {
  const auto server =
      StartServer([](std::shared_ptr<HttpRequest>,
                     Responder respond) { respond(HttpResponse::Text(200, std::string(32u << 20, 'x'))); },
                  ShortLimits());
  TestSocket client(server->port());
  client.Send(Get("/"));
  while (server->counters().requests == 0 || server->counters().connections > 0) std::this_thread::yield();
  EXPECT_LT(client.ReadAll().size(), 32u << 20);
}

TEST(HttpServer, AnswersAClientThatClosedItsSendingSide) {
  Desk desk;
  const auto server = StartServer(desk.Handler());
  TestSocket client(server->port());
  client.Send(Get("/"));
  client.EndSending();
  desk.Next()(HttpResponse::Text(200, "late"));
  EXPECT_TRUE(client.ReadAll().ends_with("late"));
}

TEST(HttpServer, AnswersItselfWhenAHandlerForgetsTo) {
  const auto server = StartServer([](std::shared_ptr<HttpRequest>, Responder) {});
  TestSocket client(server->port());
  client.Send(Get("/"));
  EXPECT_TRUE(client.ReadAnswer().starts_with("HTTP/1.1 500"));
}

TEST(HttpServer, SurvivesAHandlerThatThrows) {
  const auto server = StartServer([](std::shared_ptr<HttpRequest>, Responder) { throw std::runtime_error("secret"); });
  TestSocket client(server->port());
  client.Send(Get("/"));
  const std::string answer = client.ReadAnswer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500"));
  EXPECT_FALSE(Has(answer, "secret"));
}

TEST(HttpServer, IgnoresAnAnswerThatComesAfterItsEnd) {
  Desk desk;
  Responder late;
  {
    const auto server = StartServer(desk.Handler());
    TestSocket client(server->port());
    client.Send(Get("/"));
    late = desk.Next();
  }
  late(HttpResponse::Text(200, "too late"));
}

TEST(HttpServer, StreamsEventsWhileTheClientListens) {
  auto stream = std::make_shared<ResponseStream>();
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    respond(HttpResponse::Stream(200, "text/event-stream", stream));
  });
  TestSocket client(server->port());
  stream->Write("data: early\n\n");
  client.Send(Get("/"));
  EXPECT_TRUE(Has(client.ReadThrough("\r\n\r\n"), "Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(Has(client.ReadThrough("\n\n\r\n"), "data: early"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(stream->Write("data: " + std::to_string(i) + "\n\n"));
    EXPECT_TRUE(Has(client.ReadThrough("\n\n\r\n"), "data: " + std::to_string(i)));
  }
  stream->Close();
  EXPECT_EQ(client.ReadThrough("0\r\n\r\n"), "0\r\n\r\n");
  client.Send(Get("/"));
  EXPECT_FALSE(stream->Write("more"));
}

TEST(HttpServer, TellsTheStreamThatItsClientLeft) {
  auto stream = std::make_shared<ResponseStream>();
  std::promise<void> closed;
  stream->OnClosed([&] { closed.set_value(); });
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    respond(HttpResponse::Stream(200, "text/event-stream", stream));
  });
  {
    TestSocket client(server->port());
    client.Send(Get("/"));
    client.ReadThrough("\r\n\r\n");
  }
  closed.get_future().wait();
  EXPECT_FALSE(stream->Write("nobody hears this"));
}

TEST(HttpServer, CutsOffAStreamThatNobodyReads) {
  auto stream = std::make_shared<ResponseStream>();
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    respond(HttpResponse::Stream(200, "text/plain", stream));
  });
  TestSocket client(server->port());
  client.Send(Get("/"));
  client.ReadThrough("\r\n\r\n");
  std::promise<void> closed;
  stream->OnClosed([&] { closed.set_value(); });
  const std::string piece(1u << 20, 'x');
  while (stream->Write(piece)) {
  }
  closed.get_future().wait();
}

TEST(HttpServer, SendsAFileInPieces) {
  const std::string path = testing::TempDir() + "/http_server_test_download";
  const std::string content(3'000'000, 'f');
  std::FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
  std::fclose(file);
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    Result<HttpResponse> response = HttpResponse::File(path, "application/gzip");
    respond(response.ok() ? std::move(response).value() : FailureResponse(response.error(), "1", ""));
  });
  TestSocket client(server->port());
  client.Send(Get("/"));
  EXPECT_TRUE(client.ReadAnswer().ends_with(content));
  std::remove(path.c_str());
  client.Send(Get("/"));
  EXPECT_TRUE(client.ReadAnswer().starts_with("HTTP/1.1 404"));
}

class CountingSink final : public BodySink {
 public:
  Result<void> Write(std::string_view bytes) override {
    count += bytes.size();
    if (count > 20'000'000) return Error{ErrorCode::kExhausted, "model_too_large", "too much"};
    return {};
  }
  size_t count = 0;
};

TEST(HttpServer, StreamsALargeBodyToItsSink) {
  HttpServerOptions options;
  options.body_limit_for = [](const HttpRequest&) { return size_t{1} << 30; };
  options.body_sink_for = [](const HttpRequest& head) -> Result<std::shared_ptr<BodySink>> {
    if (head.headers.Get("Authorization").empty()) {
      return Error{ErrorCode::kUnauthenticated, "no_token", "say who you are"};
    }
    return std::shared_ptr<BodySink>(std::make_shared<CountingSink>());
  };
  const auto server = StartServer(
      [](std::shared_ptr<HttpRequest> request, Responder respond) {
        respond(HttpResponse::Text(200, std::to_string(static_cast<CountingSink&>(*request->sink).count)));
      },
      options);
  const std::string body(10'000'000, 'b');
  TestSocket client(server->port());
  client.Send(Post(body, "Authorization: x\r\n"));
  EXPECT_TRUE(client.ReadAnswer().ends_with("10000000"));
  client.Send(Post(body + body + body, "Authorization: x\r\n"));
  EXPECT_TRUE(client.ReadAnswer().starts_with("HTTP/1.1 413"));
  TestSocket stranger(server->port());
  stranger.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n");
  EXPECT_TRUE(stranger.ReadAll().starts_with("HTTP/1.1 401"));
}

TEST(HttpServer, LimitsConnectionsInAllAndByAddress) {
  HttpServerOptions options;
  options.max_connections = 2;
  const auto server = StartServer(Echo, options);
  TestSocket first(server->port());
  TestSocket second(server->port());
  for (TestSocket* client : {&first, &second}) {
    client->Send(Get("/"));
    EXPECT_TRUE(client->ReadAnswer().starts_with("HTTP/1.1 200"));
  }
  TestSocket third(server->port());
  EXPECT_TRUE(third.ReadAll().starts_with("HTTP/1.1 503"));
  HttpServerOptions by_address;
  by_address.max_connections_per_address = 1;
  by_address.loopback_exempt = false;
  const auto strict = StartServer(Echo, by_address);
  TestSocket one(strict->port());
  one.Send(Get("/"));
  EXPECT_TRUE(one.ReadAnswer().starts_with("HTTP/1.1 200"));
  TestSocket two(strict->port());
  EXPECT_TRUE(two.ReadAll().starts_with("HTTP/1.1 503"));
}

TEST(HttpServer, DrainFinishesRunningRequestsAndRefusesNewOnes) {
  Desk desk;
  const auto server = StartServer(desk.Handler());
  TestSocket busy(server->port());
  busy.Send(Get("/"));
  const Responder respond = desk.Next();
  TestSocket idle(server->port());
  auto drained = std::async(std::launch::async, [&] { return server->Drain(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.AtEnd());
  respond(HttpResponse::Text(200, "done"));
  const std::string answer = busy.ReadAll();
  EXPECT_TRUE(Has(answer, "Connection: close\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("done")) << answer;
  EXPECT_TRUE(drained.get());
  EXPECT_FALSE(TestSocket(server->port()).connected());
}

TEST(HttpServer, DrainGivesUpAtItsLimit) {
  Desk desk;
  const auto server = StartServer(desk.Handler());
  TestSocket busy(server->port());
  busy.Send(Get("/"));
  const Responder respond = desk.Next();
  EXPECT_FALSE(server->Drain(milliseconds(20)));
}

TEST(HttpServer, ServesOnSeveralThreads) {
  HttpServerOptions options;
  options.io_threads = 2;
  const auto server = StartServer(Echo, options);
  std::vector<std::future<bool>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      TestSocket client(server->port());
      for (int j = 0; j < 50; ++j) {
        client.Send(Get("/a"));
        if (!client.ReadAnswer().ends_with("GET /a ")) return false;
      }
      return true;
    }));
  }
  for (auto& client : clients) EXPECT_TRUE(client.get());
}

TEST(HttpServer, NamesAPortThatIsTaken) {
  const auto server = StartServer(Echo);
  for (const int threads : {1, 2}) {
    HttpServerOptions options;
    options.port = server->port();
    options.io_threads = threads;
    EXPECT_EQ(HttpServer::Start(options, Echo).error().reason, "address_in_use");
  }
}

}  // namespace
}  // namespace greenroom
