// Models that come from outside, through a whole server: uploads in one piece and in several, what is refused, which
// environments they may serve, and how servers of Rasa pull them.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "app/server.h"
#include "archive/archive_fixture.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "http/internal/test_socket.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

constexpr char kToken[] = "a-long-admin-token-for-tests-0123456789";
constexpr char kModels[] = "/api/projects/default/models";
constexpr char kUploads[] = "/api/projects/default/uploads";

class ModelUpload : public ::testing::Test {
 protected:
  void SetUp() override {
    SetLogLevel(LogLevel::kOff);
    char name[] = "/tmp/greenroom-upload-test-XXXXXX";
    home_ = ::mkdtemp(name);
    client_ = std::move(HttpClient::Create({})).value();
    Start();
    ASSERT_EQ(Call("PUT", "/api/environments/staging", R"({"url": "http://127.0.0.1:9"})").status, 200);
  }
  void TearDown() override {
    server_.reset();
    client_.reset();
    fs::remove_all(home_);
  }
  void Start() {
    auto server = Server::Start({.home = home_, .port = 0, .program = GREENROOM_BINARY, .admin_token = kToken});
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
  }

  HttpClientResponse Call(const std::string& method, const std::string& path, const std::string& body = "",
                          const std::vector<HttpHeaders::Field>& headers = {}, const std::string& token = kToken) {
    HttpClientRequest request{
        .method = method, .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path, .body = body};
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    auto answer = client_->Send(std::move(request));
    if (!answer) ADD_FAILURE() << method << " " << path << ": " << answer.error().message;
    return answer ? *answer : HttpClientResponse{};
  }
  HttpClientResponse UploadForm(const std::string& file_name, const std::string& content) {
    std::string body = "--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"" + file_name +
                       "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n--b--\r\n";
    return Call("POST", kModels, body, {{"Content-Type", "multipart/form-data; boundary=b"}});
  }
  static std::string ReasonOf(const HttpClientResponse& answer) {
    auto json = ParseJson(answer.body);
    return json ? (*json)["reason"].AsString() : answer.body;
  }
  Json Listed() { return ParseJson(Call("GET", kModels).body).value(); }
  // What lies in the data directory besides the store.
  std::vector<std::string> Files() {
    std::vector<std::string> files;
    for (const char* folder : {"/models", "/uploads"}) {
      if (!IsDirectory(home_ + folder)) continue;
      for (const auto& entry : fs::directory_iterator(home_ + folder)) files.push_back(entry.path().filename());
    }
    return files;
  }

  std::string home_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Server> server_;
};

TEST_F(ModelUpload, AnArchiveOfRasaIsListedWithWhatItSaysOfItself) {
  const std::string archive = RasaArchive();
  HttpClientResponse answer = UploadForm("20261123-204519.tar.gz", archive);
  ASSERT_EQ(answer.status, 201) << answer.body;
  Json model = Listed().array().front();
  EXPECT_EQ(model["model"].AsString(), "20261123-204519");
  EXPECT_EQ(model["project"].AsString(), "default");
  EXPECT_EQ(model["hash"].AsString(), Sha256Hex(archive));
  EXPECT_EQ(model["type"].AsString(), "rasa");
  EXPECT_EQ(model["version"].AsString(), "3.6.21");
  EXPECT_DOUBLE_EQ(model["trained_at"].AsDouble(), 1795466719.5);
  EXPECT_TRUE(model["is_compatible"].AsBool());
  EXPECT_EQ(model["metadata"]["assistant_id"].AsString(), "hotel");
  EXPECT_EQ(model["tags"].Dump(), "[]");
  EXPECT_EQ(Files().size(), 1u);
  EXPECT_EQ(Call("GET", std::string(kModels) + "?limit=1&offset=1").body, "[]");
  EXPECT_EQ(*Call("GET", std::string(kModels) + "?limit=1&offset=1").headers.Find("X-Total-Count"), "1");
}

TEST_F(ModelUpload, APlainBodyIsNamedByQueryHeaderOrTimeOfTraining) {
  EXPECT_EQ(Call("POST", std::string(kModels) + "?name=asked", RasaArchive("", "3.1.0")).status, 201);
  EXPECT_EQ(
      Call("POST", kModels, RasaArchive("", "3.2.0"),
           {{"Content-Type", "application/gzip"}, {"Content-Disposition", "attachment; filename=\"said.tar.gz\""}})
          .status,
      201);
  EXPECT_EQ(Call("POST", kModels, RasaArchive("", "3.3.0"), {{"Content-Type", "application/octet-stream"}}).status,
            201);
  std::string names;
  const Json listed = Listed();
  for (const Json& model : listed.array()) names += model["model"].AsString() + " ";
  EXPECT_EQ(names, "20261123-204519 said asked ");
}

TEST_F(ModelUpload, ATakenNameIsRefusedAndTheFirstModelStays) {
  ASSERT_EQ(UploadForm("spring.tar.gz", RasaArchive("", "3.1.0")).status, 201);
  Json before = Listed();
  HttpClientResponse again = UploadForm("spring.tar.gz", RasaArchive("", "3.2.0"));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(ReasonOf(again), "ModelExists");
  EXPECT_EQ(UploadForm("../../spring.tar.gz", RasaArchive("", "3.3.0")).status, 409);
  EXPECT_EQ(UploadForm("summer.tar.gz", RasaArchive("", "3.1.0")).status, 409) << "the same content";
  EXPECT_EQ(Listed().Dump(), before.Dump());
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(ModelUpload, TwoUploadsOfOneNameAtATimeGiveOneModel) {
  std::atomic<int> created{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      int status = Call("POST", std::string(kModels) + "?name=one", RasaArchive("", "3.1." + std::to_string(i))).status;
      ++(status == 201 ? created : refused);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(Files().size(), 1u);
}

struct Refused {
  const char* name;
  std::string content;
  int status;
  const char* reason;
};

TEST_F(ModelUpload, WhatIsNoSoundModelIsRefusedAndLeavesNothing) {
  const Refused rows[] = {
      {"empty", "", 400, "ModelNotAnArchive"},
      {"noise", std::string(1u << 20, 'n'), 400, "ModelNotAnArchive"},
      {"zip", "PK\x03\x04", 400, "ModelNotAnArchive"},
      {"half", RasaArchive().substr(0, 200), 400, "ModelTruncated"},
      {"package_head", "GRNMODEL", 400, "PackageTruncated"},
      {"dot_dot", RasaArchive(TarMember({"../evil", "x"})), 400, "BadMemberPath"},
      {"link", RasaArchive(TarMember({"link", "", '2'})), 400, "MemberTypeNotAllowed"},
      {"bomb", RasaArchive(TarMember({"zeros", std::string(20u << 20, '\0')})), 413, "CompressionRatio"},
      {"no_metadata", Gzip(TarMember({"x", "y"}) + TarEnd()), 400, "MissingMetadata"},
      {"rasa_1", RasaArchive("", "1.10.2"), 409, "IncompatibleModel"},
  };
  for (const Refused& row : rows) {
    HttpClientResponse answer = UploadForm("x.tar.gz", row.content);
    EXPECT_EQ(answer.status, row.status) << row.name << answer.body;
    EXPECT_EQ(ReasonOf(answer), row.reason) << row.name;
  }
  EXPECT_EQ(UploadForm("-bad name.tar.gz", RasaArchive()).status, 400);
  EXPECT_EQ(Call("POST", kModels, "--b--\r\n", {{"Content-Type", "multipart/form-data; boundary=b"}}).status, 400);
  EXPECT_EQ(Listed().Dump(), "[]");
  EXPECT_TRUE(Files().empty());
  EXPECT_FALSE(FileExists(home_ + "/evil") || FileExists(home_ + "/../evil"));
}

TEST_F(ModelUpload, AnUploadWhoseClientGoesAwayLeavesNothing) {
  const std::string archive = RasaArchive();
  {
    TestSocket socket(server_->port());
    ASSERT_TRUE(socket.Send(
        "POST " + std::string(kModels) + "?name=half HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + kToken +
        "\r\nContent-Length: " + std::to_string(archive.size()) + "\r\n\r\n" + archive.substr(0, archive.size() / 2)));
    // The file is there as soon as the server saw the first bytes.
    for (int i = 0; i < 1000 && Files().empty(); ++i) Call("GET", "/api/version");
    EXPECT_EQ(Files().size(), 1u);
    EXPECT_EQ(Listed().Dump(), "[]");
  }
  for (int i = 0; i < 1000 && !Files().empty(); ++i) Call("GET", "/api/version");
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(Listed().Dump(), "[]");
}

TEST_F(ModelUpload, AnUploadBeyondTheLimitIsRefusedBeforeItsBody) {
  {
    TestSocket socket(server_->port());
    ASSERT_TRUE(socket.Send("POST " + std::string(kModels) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + kToken +
                            "\r\nContent-Length: 2147483648\r\n\r\n"));
    EXPECT_TRUE(socket.ReadAnswer().starts_with("HTTP/1.1 413 "));
  }
  for (int i = 0; i < 1000 && !Files().empty(); ++i) Call("GET", "/api/version");
  EXPECT_TRUE(Files().empty());
}

TEST_F(ModelUpload, AnAnnouncedDigestIsChecked) {
  const std::string archive = RasaArchive(), digest = Sha256Hex(archive);
  std::string other = digest;
  other[0] = other[0] == '0' ? '1' : '0';
  HttpClientResponse wrong = Call("POST", kModels, archive, {{"X-Content-SHA256", other}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(ReasonOf(wrong), "HashMismatch");
  EXPECT_EQ(Call("POST", kModels, archive, {{"X-Content-SHA256", "nonsense"}}).status, 400);
  EXPECT_EQ(Call("POST", kModels, archive, {{"Digest", "sha-256=AAAA"}}).status, 400);
  EXPECT_TRUE(Files().empty());
  std::string bytes;
  for (size_t i = 0; i < digest.size(); i += 2) bytes += static_cast<char>(std::stoi(digest.substr(i, 2), nullptr, 16));
  EXPECT_EQ(Call("POST", kModels, archive, {{"Digest", "MD5=xx, SHA-256=" + Base64Encode(bytes)}}).status, 201);
}

TEST_F(ModelUpload, NobodyUploadsWithoutTheRight) {
  EXPECT_EQ(Call("POST", kModels, RasaArchive(), {}, "").status, 401);
  EXPECT_EQ(Call("POST", kModels, RasaArchive(), {}, "wrong").status, 401);
  EXPECT_EQ(Call("POST", kUploads, "{}", {}, "").status, 401);
  EXPECT_EQ(Call("PUT", std::string(kUploads) + "/x", "x", {}, "").status, 401);
  EXPECT_TRUE(Files().empty());
}

TEST_F(ModelUpload, AModelOfRasaServesRemoteEnvironmentsOnly) {
  ASSERT_EQ(UploadForm("theirs.tar.gz", RasaArchive()).status, 201);
  HttpClientResponse refused = Call("PUT", std::string(kModels) + "/theirs/tags/production");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(ReasonOf(refused), "ModelNeedsRasaServer");
  EXPECT_EQ(Call("POST", "/api/environments/production/promote", R"({"model": "theirs"})").status, 409);
  EXPECT_EQ(Call("PUT", std::string(kModels) + "/theirs/tags/staging").status, 204);
  EXPECT_EQ(Call("PUT", "/api/environments/staging", "{}").status, 409) << "it would be embedded";
  EXPECT_EQ(Call("DELETE", std::string(kModels) + "/theirs").status, 409);
}

TEST_F(ModelUpload, ServersPullByTagAndGetNothingTwice) {
  const std::string archive = RasaArchive(), hash = Sha256Hex(archive);
  ASSERT_EQ(UploadForm("theirs.tar.gz", archive).status, 201);
  const std::string token = std::string("?token=") + kToken;
  for (const std::string& path : {std::string(kModels) + "/tags/staging", std::string("/api/models/tags/staging")}) {
    EXPECT_EQ(Call("GET", path).status, 404);
    EXPECT_EQ(Call("GET", path, "", {}, "").status, 401);
    EXPECT_EQ(Call("GET", path + "?token=wrong", "", {}, "").status, 401);
  }
  ASSERT_EQ(Call("PUT", std::string(kModels) + "/theirs/tags/staging").status, 204);
  for (const std::string& path : {std::string(kModels) + "/tags/staging", std::string("/api/models/tags/staging")}) {
    HttpClientResponse pulled = Call("GET", path, "", {{"If-None-Match", "81bab6ab03ec4d6b9386fee74e9d2493"}});
    EXPECT_EQ(pulled.status, 200);
    EXPECT_EQ(pulled.body, archive);
    EXPECT_EQ(*pulled.headers.Find("filename"), "theirs.tar.gz");
    EXPECT_EQ(*pulled.headers.Find("Content-Type"), "application/gzip");
    const std::string etag = *pulled.headers.Find("ETag");
    for (const std::string& known : {etag, hash, "\"" + hash + "\"", "W/\"" + hash + "\"", "\"x\", " + etag}) {
      HttpClientResponse unchanged = Call("GET", path, "", {{"If-None-Match", known}});
      EXPECT_EQ(unchanged.status, 204) << known;
      EXPECT_EQ(unchanged.body, "");
    }
    EXPECT_EQ(Call("GET", path + "?api_token=wrong", "", {}, "").status, 401);
  }
  HttpClientResponse download = Call("GET", std::string(kModels) + "/theirs");
  EXPECT_EQ(download.body, archive);
  EXPECT_EQ(Call("DELETE", std::string(kModels) + "/theirs/tags/staging").status, 204);
  EXPECT_EQ(Call("GET", "/api/models/tags/staging").status, 404);
}

TEST_F(ModelUpload, AnInterruptedUploadGoesOnWhereItStopped) {
  const std::string archive = RasaArchive();
  Json plan = Json::Object({{"model", "late.tar.gz"}, {"bytes", archive.size()}, {"sha256", Sha256Hex(archive)}});
  HttpClientResponse started = Call("POST", kUploads, plan.Dump());
  ASSERT_EQ(started.status, 201) << started.body;
  const std::string path = *started.headers.Find("Location");
  auto put = [&](size_t from, size_t to) {
    return Call("PUT", path, archive.substr(from, to - from),
                {{"Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(to - 1) + "/" +
                                       std::to_string(archive.size())}});
  };
  EXPECT_EQ(put(0, 100).status, 200);
  EXPECT_EQ(ReasonOf(put(50, 150)), "WrongOffset");
  EXPECT_EQ(Listed().Dump(), "[]");
  server_.reset();
  Start();
  Json shown = ParseJson(Call("GET", path).body).value();
  EXPECT_EQ(shown["offset"].AsInt(), 100);
  EXPECT_EQ(Call("PUT", path, "x", {{"Content-Range", "bytes 100-200/7"}}).status, 400);
  EXPECT_EQ(Call("PUT", path, "x").status, 400);
  HttpClientResponse last = put(100, archive.size());
  EXPECT_EQ(last.status, 201) << last.body;
  EXPECT_EQ(Listed().array().front()["model"].AsString(), "late");
  EXPECT_EQ(Call("GET", path).status, 404);
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(ModelUpload, AnUploadThatIsNotWhatWasAnnouncedIsForgotten) {
  const std::string archive = RasaArchive();
  const std::string range = "bytes 0-" + std::to_string(archive.size() - 1) + "/" + std::to_string(archive.size());
  Json plan = Json::Object({{"bytes", archive.size()}, {"sha256", std::string(64, 'a')}});
  std::string path = *Call("POST", kUploads, plan.Dump()).headers.Find("Location");
  EXPECT_EQ(ReasonOf(Call("PUT", path, archive, {{"Content-Range", range}})), "HashMismatch");
  EXPECT_EQ(Call("GET", path).status, 404);
  path = *Call("POST", kUploads, plan.Dump()).headers.Find("Location");
  EXPECT_EQ(Call("DELETE", path).status, 204);
  EXPECT_EQ(Call("POST", kUploads, R"({"bytes": 5})").status, 400);
  EXPECT_EQ(Call("POST", kUploads, R"({"bytes": 9000000000, "sha256": ")" + std::string(64, 'a') + "\"}").status, 413);
  EXPECT_EQ(Call("GET", std::string(kUploads) + "/..%2F..%2Fx").status, 404);
  EXPECT_TRUE(Files().empty());
}

TEST_F(ModelUpload, WhatAKilledServerLeftIsRemovedAtTheNextStart) {
  ASSERT_EQ(UploadForm("good.tar.gz", RasaArchive()).status, 201);
  const std::string lost = std::string(64, 'a') + "." + std::string(32, 'b') + ".tar.gz";
  server_.reset();
  for (const std::string& name : {std::string(".upload-x.partial"), lost, std::string("mine.grm")})
    ASSERT_TRUE(WriteFileDurably(home_ + "/models/" + name, "half").ok());
  Start();
  EXPECT_EQ(Files().size(), 2u) << "the model and a file that no upload wrote";
  EXPECT_EQ(Listed().size(), 1u);
  EXPECT_EQ(Call("GET", std::string(kModels) + "/good").status, 200);
}

}  // namespace
}  // namespace greenroom
