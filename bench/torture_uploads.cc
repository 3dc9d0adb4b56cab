#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "archive/archive_fixture.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/random.h"
#include "bench/support.h"
#include "bench/torture.h"
#include "http/server.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kToken[] = "a-long-admin-token-of-the-torture-0123456789";
constexpr char kModels[] = "/api/projects/default/models";
constexpr size_t kModelBytes = 300'000;
constexpr size_t kPiece = 60'000;
constexpr int kTags = 4;
constexpr int kKillsPerHome = 50;  // then a new one, so that the disk does not fill

// A real server process that can be killed.
class Victim {
 public:
  explicit Victim(const std::string& home) {
    auto free = std::move(HttpServer::Start({}, [](std::shared_ptr<HttpRequest>, Responder respond) {
                  respond(HttpResponse::Empty(204));
                })).value();
    port_ = free->port();
    free.reset();
    pid_ = ::fork();
    if (pid_ != 0) return;
    int nowhere = ::open("/dev/null", O_RDWR);
    for (int fd : {0, 1, 2}) ::dup2(nowhere, fd);
    ::setenv("GREENROOM_ADMIN_TOKEN", kToken, 1);
    std::string program = GreenroomProgram(), number = std::to_string(port_);
    const char* words[] = {program.c_str(), "up", "--home", home.c_str(), "--port", number.c_str(), nullptr};
    ::execv(program.c_str(), const_cast<char* const*>(words));
    ::_exit(127);
  }
  ~Victim() { Kill(); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  bool WaitReady(HttpClient& client) const {
    auto limit = SteadyClock::now() + std::chrono::seconds(20);
    while (SteadyClock::now() < limit) {
      auto answer = client.Send({.url = Url("/api/version")});
      if (answer && answer->status == 200) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }
  void Kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string Url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

 private:
  pid_t pid_ = 0;
  uint16_t port_ = 0;
};

HttpClientRequest Authorized(const std::string& method, std::string url) {
  HttpClientRequest request{.method = method, .url = std::move(url)};
  request.headers.Set("Authorization", std::string("Bearer ") + kToken);
  return request;
}

// An archive that no other one equals; its weights do not compress.
std::string ArchiveOf(uint64_t seed) {
  Random random(seed);
  std::string noise(kModelBytes, '\0');
  for (char& c : noise) c = static_cast<char>(random.Next());
  return RasaArchive(TarMember({"components/weights.bin", noise}));
}

// What clients were told, to be compared with what is there.
class UploadLedger {
 public:
  // Uploads until the server is gone: one client in one piece, one in pieces that may go on after the next start.
  void Run(const Victim& victim, uint64_t seed) {
    std::thread pieces([&] { InPieces(victim, seed * 2 + 1); });
    auto client = std::move(HttpClient::Create({})).value();
    for (uint64_t n = 0;; ++n) {
      std::string content = ArchiveOf(seed * 1000 + n),
                  name = "whole-" + std::to_string(seed) + "-" + std::to_string(n);
      HttpClientRequest request = Authorized("POST", victim.Url(std::string(kModels) + "?name=" + name));
      request.body = content;
      Remember(name, content);
      auto answer = client->Send(std::move(request));
      if (!answer) break;
      if (answer->status == 201) acknowledged_.insert(name);
    }
    pieces.join();
    for (const std::string& name : told_in_pieces_) acknowledged_.insert(name);
    told_in_pieces_.clear();
    sent_.insert(sent_in_pieces_.begin(), sent_in_pieces_.end());
  }

  const std::map<std::string, std::string>& sent() const { return sent_; }  // name to digest
  const std::set<std::string>& acknowledged() const { return acknowledged_; }
  size_t resumed() const { return resumed_; }

 private:
  void Remember(const std::string& name, const std::string& content) { sent_[name] = Sha256Hex(content); }

  // Goes on with what an earlier server was told, or starts anew.
  void InPieces(const Victim& victim, uint64_t seed) {
    auto client = std::move(HttpClient::Create({})).value();
    while (true) {
      if (content_.empty() && !Begin(*client, victim, seed++)) return;
      auto shown = client->Send(Authorized("GET", victim.Url(path_)));
      if (!shown) return;
      if (shown->status != 200) {  // it was complete, but the answer was lost
        content_.clear();
        continue;
      }
      size_t offset = static_cast<size_t>(std::move(ParseJson(shown->body)).value()["offset"].AsInt());
      resumed_ += offset > 0;
      if (!Continue(*client, victim, offset)) return;
    }
  }

  bool Begin(HttpClient& client, const Victim& victim, uint64_t seed) {
    std::string content = ArchiveOf(seed + 1'000'000'000), name = "pieces-" + std::to_string(++begun_);
    HttpClientRequest request = Authorized("POST", victim.Url("/api/projects/default/uploads"));
    request.body = Json::Object({{"model", name}, {"bytes", content.size()}, {"sha256", Sha256Hex(content)}}).Dump();
    auto answer = client.Send(std::move(request));
    if (!answer || answer->status != 201) return false;
    sent_in_pieces_[name] = Sha256Hex(content);
    content_ = std::move(content);
    name_ = name;
    path_ = std::string(answer->headers.Get("Location"));
    return true;
  }

  bool Continue(HttpClient& client, const Victim& victim, size_t offset) {
    while (!content_.empty()) {
      std::string piece = content_.substr(offset, kPiece);
      HttpClientRequest request = Authorized("PUT", victim.Url(path_));
      request.headers.Set("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                               std::to_string(offset + piece.size() - 1) + "/" +
                                               std::to_string(content_.size()));
      offset += piece.size();
      request.body = std::move(piece);
      auto answer = client.Send(std::move(request));
      if (!answer) return false;
      if (answer->status == 201) told_in_pieces_.insert(name_);
      if (answer->status == 409) return true;  // another offset: ask for it
      if (answer->status != 200) content_.clear();
    }
    return true;
  }

  std::map<std::string, std::string> sent_, sent_in_pieces_;
  std::set<std::string> acknowledged_, told_in_pieces_;
  std::string content_, name_, path_;
  size_t begun_ = 0, resumed_ = 0;
};

struct Verdict {
  size_t models = 0;     // listed
  size_t half = 0;       // listed, but the file is absent or not what was sent
  size_t lost = 0;       // acknowledged, but not listed
  size_t leftovers = 0;  // files that no model names, after a start
};

Verdict Compare(const std::string& home, const UploadLedger& ledger) {
  Verdict verdict;
  auto store = std::move(SqliteStore::Open(home + "/greenroom.db", {})).value();
  std::set<std::string> listed, files;
  auto models = std::move(store->registry().Models("default")).value();
  for (const ModelRecord& model : models) {
    ++verdict.models;
    listed.insert(model.name);
    files.insert(home + "/" + model.path);
    auto bytes = ReadFile(home + "/" + model.path);
    auto sent = ledger.sent().find(model.name);
    bool whole =
        bytes && sent != ledger.sent().end() && Sha256Hex(*bytes) == sent->second && model.digest == sent->second;
    verdict.half += !whole;
  }
  for (const std::string& name : ledger.acknowledged()) verdict.lost += !listed.contains(name);
  for (const auto& entry : std::filesystem::directory_iterator(home + "/models"))
    verdict.leftovers += !files.contains(entry.path().string());
  return verdict;
}

struct UploadFigures {
  size_t sent = 0, acknowledged = 0, resumed = 0, failed_starts = 0;
  Verdict verdict;
};

void KillInOneHome(int kills, uint64_t seed, UploadFigures& figures) {
  TemporaryHome home;
  UploadLedger ledger;
  Random random(seed);
  auto client = std::move(HttpClient::Create({})).value();
  for (int kill = 0; kill < kills; ++kill) {
    Victim victim(home.path());
    if (!victim.WaitReady(*client)) {
      ++figures.failed_starts;
      continue;
    }
    std::thread killer([&, wait = 5 + random.Below(300)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(wait));
      victim.Kill();
    });
    ledger.Run(victim, seed % 1'000'000'000 + static_cast<uint64_t>(kill));
    killer.join();
  }
  {
    Victim last(home.path());  // a start cleans up
    figures.failed_starts += !last.WaitReady(*client);
  }
  Verdict verdict = Compare(home.path(), ledger);
  figures.sent += ledger.sent().size();
  figures.acknowledged += ledger.acknowledged().size();
  figures.resumed += ledger.resumed();
  figures.verdict.models += verdict.models;
  figures.verdict.half += verdict.half;
  figures.verdict.lost += verdict.lost;
  figures.verdict.leftovers += verdict.leftovers;
}

size_t KillUploads(int kills, uint64_t seed, Json& json) {
  UploadFigures figures;
  for (int done = 0; done < kills; done += kKillsPerHome) {
    KillInOneHome(std::min(kKillsPerHome, kills - done), seed + static_cast<uint64_t>(done), figures);
    std::printf("%d killed uploads\n", std::min(kills, done + kKillsPerHome)), std::fflush(stdout);
  }
  const Verdict& verdict = figures.verdict;
  std::printf(
      "%d kills: %zu models sent, %zu acknowledged, %zu listed, %zu times gone on; %zu half, %zu lost, "
      "%zu leftovers\n",
      kills, figures.sent, figures.acknowledged, verdict.models, figures.resumed, verdict.half, verdict.lost,
      verdict.leftovers);
  json.Set("killed_uploads", kills)
      .Set("sent", figures.sent)
      .Set("acknowledged", figures.acknowledged)
      .Set("listed", verdict.models)
      .Set("half_models", verdict.half)
      .Set("lost_models", verdict.lost)
      .Set("leftover_files", verdict.leftovers)
      .Set("failed_starts", figures.failed_starts);
  return verdict.half + verdict.lost + verdict.leftovers + figures.failed_starts;
}

// Moves of tags: at every moment the tag is where its latest deployment says, and a move that was acknowledged is
// there.
class TagLedger {
 public:
  void Run(const Victim& victim, int kill) {
    auto client = std::move(HttpClient::Create({})).value();
    for (int n = 0;; ++n) {
      int tag = n % kTags;
      std::string model = (n / kTags + kill) % 2 ? "one" : "two";
      ++begun_;
      auto answer = client->Send(
          Authorized("PUT", victim.Url(std::string(kModels) + "/" + model + "/tags/tag" + std::to_string(tag))));
      if (!answer) return;
      if (answer->status == 204) ++acknowledged_[tag], ++all_acknowledged_;
    }
  }

  // Moves of a tag whose answer was lost may have happened: the store has at least the acknowledged ones.
  size_t Wrong(RegistryStore& registry) const {
    size_t wrong = 0, epochs = 0;
    for (int tag = 0; tag < kTags; ++tag) {
      std::string name = "tag" + std::to_string(tag);
      auto history = std::move(registry.Deployments("default", name, 1'000'000)).value();
      auto tagged = std::move(registry.FindModelByTag("default", name)).value();
      auto told = acknowledged_.find(tag);
      if (told != acknowledged_.end() && history.size() < told->second) ++wrong;
      if (history.empty()) continue;
      if (!tagged || tagged->name != history.front().model) ++wrong;
      if (history.front().epoch != static_cast<int64_t>(history.size())) ++wrong;
      for (size_t i = 0; i + 1 < history.size(); ++i) wrong += history[i].previous_model != history[i + 1].model;
      epochs += history.size();
    }
    return wrong + (epochs > begun_);
  }
  size_t acknowledged() const { return all_acknowledged_; }

 private:
  std::map<int, size_t> acknowledged_;
  size_t all_acknowledged_ = 0, begun_ = 0;
};

size_t KillTagMoves(int kills, uint64_t seed, Json& figures) {
  TemporaryHome home;
  Random random(seed + 1);
  TagLedger ledger;
  auto client = std::move(HttpClient::Create({})).value();
  size_t failed_starts = 0, wrong = 0;
  {
    Victim first(home.path());
    failed_starts += !first.WaitReady(*client);
    for (const char* name : {"one", "two"}) {
      HttpClientRequest request = Authorized("POST", first.Url(std::string(kModels) + "?name=" + name));
      request.body = ArchiveOf(name[0]);
      auto answer = client->Send(std::move(request));
      failed_starts += !answer || answer->status != 201;
    }
  }
  for (int kill = 0; kill < kills; ++kill) {
    {
      Victim victim(home.path());
      if (!victim.WaitReady(*client)) {
        ++failed_starts;
        continue;
      }
      std::thread killer([&, wait = 1 + random.Below(120)] {
        std::this_thread::sleep_for(std::chrono::milliseconds(wait));
        victim.Kill();
      });
      ledger.Run(victim, kill);
      killer.join();
    }
    auto store = std::move(SqliteStore::Open(home.path() + "/greenroom.db", {})).value();
    wrong += ledger.Wrong(store->registry());
    if ((kill + 1) % 100 == 0) std::printf("%d killed tag moves\n", kill + 1), std::fflush(stdout);
  }
  std::printf("%d kills: %zu moves acknowledged, %zu half\n", kills, ledger.acknowledged(), wrong);
  figures.Set("killed_tag_moves", kills).Set("moves_acknowledged", ledger.acknowledged()).Set("half_tags", wrong);
  figures.Set("failed_starts_of_moves", failed_starts);
  return wrong + failed_starts;
}

}  // namespace

int TortureUploads(int kills) {
  uint64_t seed = static_cast<uint64_t>(SteadyClock::now().time_since_epoch().count());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Json figures = Json::Object({{"torture", "uploads"}});
  size_t problems = KillUploads(kills, seed, figures) + KillTagMoves(kills, seed, figures);
  return Close(std::move(figures), problems == 0);
}

}  // namespace greenroom
