#include "http/client.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "http/internal/test_socket.h"
#include "http/response_parser.h"
#include "http/server.h"
#include "http/url.h"

namespace greenroom {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<HttpServer> StartServer(HttpHandler handler, HttpServerOptions options = {}) {
  return std::move(HttpServer::Start(std::move(options), std::move(handler))).value();
}

std::unique_ptr<HttpClient> StartClient(HttpClientOptions options = {}) {
  return std::move(HttpClient::Create(std::move(options))).value();
}

std::string UrlOf(const HttpServer& server, std::string_view target = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(target);
}

// A server that sends fixed bytes to each connection in turn and closes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answers = std::move(answers)] {
      for (const std::string& answer : answers) {
        const int peer = ::accept(fd_, nullptr, nullptr);
        char request[4096];
        if (::recv(peer, request, sizeof request, 0) > 0) ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::close(peer);
      }
    });
  }
  ~ScriptedServer() {
    thread_.join();
    ::close(fd_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST(HttpClient, SendsAndReceivesOverPooledConnections) {
  const auto server = StartServer([](std::shared_ptr<HttpRequest> request, Responder respond) {
    respond(HttpResponse::Text(
        201, request->method + request->target + request->body + std::string(request->headers.Get("X-A"))));
  });
  const auto client = StartClient();
  for (int i = 0; i < 5; ++i) {
    HttpClientRequest request{.method = "POST", .url = UrlOf(*server, "/a?b=1"), .body = "body"};
    request.headers.Add("X-A", "value");
    const Result<HttpClientResponse> answer = client->Send(std::move(request));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "POST/a?b=1bodyvalue");
  }
  EXPECT_EQ(server->counters().connections, 1u);
}

TEST(HttpClient, QueuesCallsBeyondTheCapOfAHost) {
  std::atomic<size_t> most = 0;
  std::unique_ptr<HttpServer> server;
  server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    most = std::max<size_t>(most, server->counters().connections);
    respond(HttpResponse::Text(200, "x"));
  });
  const auto client = StartClient({.connections_per_host = 3});
  std::vector<std::promise<bool>> answers(50);
  for (auto& answer : answers) {
    client->Async({.url = UrlOf(*server)}, [&](Result<HttpClientResponse> result) { answer.set_value(result.ok()); });
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get_future().get());
  EXPECT_LE(most, 3u);
}

TEST(HttpClient, GivesUpWhenTheAnswerIsLate) {
  std::vector<Responder> kept;
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) { kept.push_back(respond); });
  const Result<HttpClientResponse> answer =
      StartClient()->Send({.url = UrlOf(*server), .total_timeout = milliseconds(50)});
  EXPECT_EQ(answer.error().reason, "timeout");
  server->Stop();
}

TEST(HttpClient, BoundsTheAnswer) {
  const auto server = StartServer([](std::shared_ptr<HttpRequest> request, Responder respond) {
    if (request->path == "/length") return respond(HttpResponse::Text(200, std::string(101, 'x')));
    auto stream = std::make_shared<ResponseStream>();
    stream->Write(std::string(request->path == "/fits" ? 100 : 101, 'x'));
    stream->Close();
    respond(HttpResponse::Stream(200, "text/plain", stream));
  });
  const auto client = StartClient();
  EXPECT_EQ(client->Send({.url = UrlOf(*server, "/length"), .max_response = 100}).error().reason, "response_too_large");
  EXPECT_EQ(client->Send({.url = UrlOf(*server, "/chunks"), .max_response = 100}).error().reason, "response_too_large");
  EXPECT_EQ(client->Send({.url = UrlOf(*server, "/fits"), .max_response = 100})->body.size(), 100u);
}

TEST(HttpClient, NamesAHostThatDoesNotListen) {
  uint16_t port = 0;
  {
    const auto server = StartServer([](std::shared_ptr<HttpRequest>, Responder) {});
    port = server->port();
  }
  const auto answer = StartClient()->Send({.url = "http://127.0.0.1:" + std::to_string(port)});
  EXPECT_EQ(answer.error().reason, "connect_failed");
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(HttpClient, RefusesAnswersThatAreNotHttp) {
  for (const char* bytes :
       {"hello\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    ScriptedServer server({bytes});
    EXPECT_EQ(StartClient()->Send({.method = "POST", .url = server.url()}).error().reason, "bad_response") << bytes;
  }
}

TEST(HttpClient, ReadsABodyThatLastsUntilTheConnectionCloses) {
  ScriptedServer server({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it"});
  EXPECT_EQ(StartClient()->Send({.url = server.url()})->body, "all of it");
}

TEST(HttpClient, DoesNotFollowRedirects) {
  ScriptedServer server({"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
  EXPECT_EQ(StartClient()->Send({.url = server.url()})->status, 302);
}

TEST(HttpClient, UsesANewConnectionWhenThePooledOneWasClosed) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  ScriptedServer server({answer, answer});
  const auto client = StartClient();
  EXPECT_EQ(client->Send({.url = server.url()})->body, "ok");
  EXPECT_EQ(client->Send({.url = server.url()})->body, "ok");
}

TEST(HttpClient, RefusesAddressesAndHeadersItCannotSend) {
  const auto client = StartClient();
  for (const char* url :
       {"ftp://x/", "http://", "http://user@x/", "http://x:0/", "http://x:99999/", "http://x/a b", "x"}) {
    EXPECT_EQ(client->Send({.url = url}).error().reason, "bad_url") << url;
  }
  HttpClientRequest request{.url = "http://127.0.0.1:1/"};
  request.headers.Add("X-A", "a\r\nX-B: b");
  EXPECT_EQ(client->Send(std::move(request)).error().reason, "bad_header");
}

TEST(HttpClient, RefusesAServerWithoutTrustedCertificate) {
  ScriptedServer server({"this is not TLS"});
  std::string url = server.url();
  url.insert(4, "s");
  EXPECT_EQ(StartClient()->Send({.url = url}).error().reason, "tls_failed");
  EXPECT_EQ(HttpClient::Create({.ca_file = "/does/not/exist"}).error().reason, "bad_ca_file");
}

TEST(HttpClient, EndsOpenCallsWhenItIsDestroyed) {
  std::vector<Responder> kept;
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) { kept.push_back(respond); });
  std::promise<std::string> reason;
  {
    const auto client = StartClient();
    client->Async({.url = UrlOf(*server)},
                  [&](Result<HttpClientResponse> answer) { reason.set_value(answer.error().reason); });
  }
  EXPECT_EQ(reason.get_future().get(), "client_stopped");
  server->Stop();
}

TEST(HttpClient, ReadsEventsLineByLineUntilToldToStop) {
  auto stream = std::make_shared<ResponseStream>();
  const auto server = StartServer([&](std::shared_ptr<HttpRequest>, Responder respond) {
    respond(HttpResponse::Stream(200, "text/event-stream", stream));
  });
  stream->Write("data: 1\r\nda");
  std::vector<std::string> lines;
  const auto answer = StartClient()->StreamLines({.url = UrlOf(*server)}, [&](std::string_view line) {
    lines.emplace_back(line);
    if (lines.size() == 1) stream->Write("ta: 2\ndata: 3\n");
    return lines.size() < 2;
  });
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(lines, (std::vector<std::string>{"data: 1", "data: 2"}));
}

TEST(HttpClient, UploadsAndDownloadsFiles) {
  const std::string up = testing::TempDir() + "/http_client_test_up";
  const std::string down = testing::TempDir() + "/http_client_test_down";
  const std::string content(2'000'000, 'u');
  std::ofstream(up) << content;
  HttpServerOptions options;
  options.body_limit = 10u << 20;
  const auto server = StartServer(
      [](std::shared_ptr<HttpRequest> request, Responder respond) {
        if (request->path == "/missing") return respond(HttpResponse::Text(404, "nothing"));
        respond(HttpResponse::Text(200, request->body));
      },
      options);
  const auto client = StartClient();
  const auto answer = client->Download({.method = "PUT", .url = UrlOf(*server), .upload_file = up}, down);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  std::stringstream stored;
  stored << std::ifstream(down).rdbuf();
  EXPECT_EQ(stored.str(), content);
  std::remove(down.c_str());
  EXPECT_EQ(client->Download({.url = UrlOf(*server, "/missing")}, down)->body, "nothing");
  EXPECT_FALSE(std::ifstream(down).good());
  EXPECT_EQ(client->Send({.method = "PUT", .url = UrlOf(*server), .upload_file = down}).error().reason, "file_missing");
  std::remove(up.c_str());
}

TEST(HttpClient, ReadsTheAnswerOfAServerThatRefusesALargeUpload) {
  const auto server =
      StartServer([](std::shared_ptr<HttpRequest>, Responder respond) { respond(HttpResponse::Empty(204)); });
  const auto answer =
      StartClient()->Send({.method = "POST", .url = UrlOf(*server), .body = std::string(3u << 20, 'x')});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpClient, DoesNotCallALinkLocalAddressWhenAskedNotTo) {
  auto client = std::move(HttpClient::Create({})).value();
  for (const char* url : {"http://169.254.169.254/latest", "http://[fe80::1]", "http://[::ffff:169.254.169.254]",
                          "http://[::ffff:a9fe:a9fe]"}) {
    auto answer = client->Send({.url = url, .refuse_link_local = true});
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().reason, "address_refused") << url;
  }
}

TEST(HttpClient, IsDestroyedWhileItConnects) {
  // Nobody listens at the port, so the connection fails about when the client goes.
  uint16_t port = 0;
  {
    auto server = HttpServer::Start({}, [](auto, Responder respond) { respond(HttpResponse::Empty(204)); });
    ASSERT_TRUE(server.ok());
    port = (*server)->port();
    (*server)->Stop();
  }
  for (int i = 0; i < 20; ++i) {
    auto client = std::move(HttpClient::Create({})).value();
    int answers = 0;
    for (int call = 0; call < 4; ++call)
      client->Async({.url = "http://127.0.0.1:" + std::to_string(port)}, [&](const auto&) { ++answers; });
    client.reset();
    EXPECT_EQ(answers, 4) << "each call is answered once";
  }
}

TEST(ResponseParser, DoesNotDependOnHowTheBytesAreCut) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    ResponseParser parser({});
    std::string pending;
    for (size_t at = 0; at < bytes.size(); at += step) {
      pending += bytes.substr(at, step);
      pending.erase(0, parser.Feed(pending));
    }
    EXPECT_EQ(parser.state(), ResponseParser::State::kComplete) << step;
    EXPECT_EQ(parser.response().body, "hello!") << step;
  }
}

TEST(Url, SplitsAddresses) {
  const Url url = *ParseUrl("HTTPS://Example.ORG:8443/a?b#c");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "example.org");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/a?b");
  EXPECT_EQ(url.authority, "example.org:8443");
  EXPECT_EQ(ParseUrl("http://[::1]?q")->target, "/?q");
  EXPECT_EQ(ParseUrl("http://[::1]?q")->authority, "[::1]");
  EXPECT_EQ(ParseUrl("http://x")->port, 80);
}

}  // namespace
}  // namespace greenroom
