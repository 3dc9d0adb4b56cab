#include "conformance/exchanges.h"

#include <algorithm>

#include "app/server.h"
#include "base/files.h"
#include "conformance/exchange.h"
#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

constexpr char kAdminToken[] = "conformance-admin-token-0123456789";

enum class Access { kOpen, kToken, kJwt };

// How the recorded server had been started, as far as its answers tell.
struct Mode {
  Access access = Access::kOpen;
  bool cors = false;
};

bool Holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Access AccessOf(const std::vector<Json>& rows) {
  Access access = Access::kOpen;
  for (const Json& row : rows) {
    const Json& request = row["request"];
    if (request["headers"]["Authorization"].AsString().starts_with("Bearer ey")) return Access::kJwt;
    if (Holds(request["path"].AsString(), "token=")) access = Access::kToken;
  }
  return access;
}

Mode ModeOf(const std::vector<Json>& rows) {
  const bool cors = std::any_of(rows.begin(), rows.end(), [](const Json& row) {
    return row["response"]["headers"]["access-control-allow-origin"].AsString() == "*";
  });
  return {AccessOf(rows), cors};
}

bool FailedThere(const Json& row) { return row["response"]["status"].AsInt() >= 500; }

// A server with a model, as the recorded one had; gone with its folder at the end.
class FreshServer {
 public:
  FreshServer(const std::string& home, const std::string& package, Mode mode, const ExchangeOptions& options) {
    ServerOptions settings{.home = home, .port = 0, .admin_token = kAdminToken};
    if (mode.cors) settings.cors_origins = {"*"};
    if (mode.access == Access::kToken) settings.admin_token = options.auth_token;
    if (mode.access == Access::kJwt) settings.jwt_key = options.jwt_secret;
    Result<std::unique_ptr<Server>> started = Server::Start(std::move(settings));
    if (!started.ok()) {
      problem_ = started.error().message;
      return;
    }
    server_ = std::move(started).value();
    if (Result<void> served = Serve(home, package); !served.ok()) problem_ = served.error().message;
  }

  const std::string& problem() const { return problem_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  Result<void> Serve(const std::string& home, const std::string& package) {
    GR_ASSIGN(std::string bytes, ReadFile(package));
    GR_TRY(WriteFileDurably(home + "/models/m.grm", bytes));
    GR_ASSIGN(ModelRecord record, server_->Register("models/m.grm", "m", "conformance"));
    GR_ASSIGN(DeploymentRecord moved, server_->Promote("production", record.name, "conformance"));
    (void)moved;
    server_->WaitSettled();
    return {};
  }

  std::unique_ptr<Server> server_;
  std::string problem_;
};

class FileComparison {
 public:
  FileComparison(std::vector<Json> rows, std::string name, Report& report)
      : rows_(std::move(rows)), lines_(report, std::move(name)), client_(HttpClient::Create({}).value()) {}

  // Requests that failed there go to a server of their own: there they left nothing behind.
  ExchangeFigures Run(const FreshServer& main, const FreshServer& aside, Access access) {
    for (const Json& row : rows_) {
      const FreshServer& server = FailedThere(row) ? aside : main;
      Share& share = FailedThere(row) ? figures_.failures : figures_.rows;
      ++share.all;
      if (!server.problem().empty()) continue;
      HttpClientRequest request = RequestOf(row, server.url());
      // A server that asks nobody for a token: here its caller is the admin.
      if (access == Access::kOpen) request.headers.Set("Authorization", std::string("Bearer ") + kAdminToken);
      Compare(row, client_->Send(std::move(request)), share);
    }
    for (const FreshServer* server : {&main, &aside})
      if (!server->problem().empty()) lines_.Difference("  no server: " + server->problem());
    lines_.Close("rows " + figures_.rows.Text() + ", of those that failed there " + figures_.failures.Text());
    return figures_;
  }

 private:
  void Compare(const Json& row, const Result<HttpClientResponse>& answer, Share& share) {
    const std::string difference =
        answer.ok() ? CompareAnswers(row, *answer) : "    no answer: " + answer.error().message + "\n";
    if (difference.empty()) {
      ++share.same;
      return;
    }
    const bool better = answer.ok() && !DocumentedExchange(row, *answer).empty();
    share.documented += better ? 1 : 0;
    const Json& request = row["request"];
    std::string text = "  " + request["method"].AsString() + " " + request["path"].AsString();
    if (!request["body"].is_null()) text += " " + request["body"].Dump().substr(0, 120);
    if (!row["note"].is_null()) text += " (" + row["note"].AsString() + ")";
    if (!better) lines_.Difference(text + "\n" + difference);
  }

  std::vector<Json> rows_;
  ProjectReport lines_;
  std::unique_ptr<HttpClient> client_;
  ExchangeFigures figures_;
};

bool HasNeighbours(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::string prefix = stem.substr(0, stem.find('-'));
  return fs::exists(file.parent_path() / (prefix + "-endpoints.yml"));
}

std::vector<fs::path> FilesOf(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".jsonl" && !HasNeighbours(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool ExchangeFigures::ok() const { return rows.complete() && failures.complete(); }

Json ExchangeFigures::ToJson() const {
  return Json::Object({{"rows", rows.ToJson()}, {"failed_there", failures.ToJson()}, {"ok", ok()}});
}

ExchangeFigures CompareExchanges(const ExchangeOptions& options, const Workshop& workshop, Report& report) {
  ExchangeFigures sum;
  const TrainedProject project = TrainProject(options.project, workshop, false);
  if (project.model == nullptr) report.out << "the project of the server is refused: " << project.refusal << "\n";
  int number = 0;
  for (const fs::path& file : FilesOf(options.folder)) {
    if (!report.Wants(file.filename().string())) continue;
    std::vector<Json> rows = ReadJsonLines(file);
    const Mode mode = ModeOf(rows);
    const std::string home = workshop.folder() + "/server-" + std::to_string(++number);
    const FreshServer main(home, project.package, mode, options),
        aside(home + "-aside", project.package, mode, options);
    const ExchangeFigures figures =
        FileComparison(std::move(rows), file.filename().string(), report).Run(main, aside, mode.access);
    sum.rows.Add(figures.rows);
    sum.failures.Add(figures.failures);
  }
  return sum;
}

}  // namespace greenroom::conformance
