// Every row of tests/bad-inputs.tsv is a test: hostile or broken input, and what must become of it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <filesystem>

#include "assistant/environments_file.h"
#include "assistant/source.h"
#include "base/json.h"
#include "http/internal/test_socket.h"
#include "http/router.h"
#include "pipeline/package.h"
#include "registry/names.h"
#include "tests/process/bad_input.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

class BadInputTest : public testing::TestWithParam<BadInput> {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("greenroom-bad-" + std::to_string(getpid())) /
              (GetParam().surface + GetParam().id);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  void Write(const std::string& name, std::string_view bytes) {
    fs::create_directories((folder_ / name).parent_path());
    ASSERT_TRUE(WriteFileDurably(Path(name), bytes).ok());
  }

  fs::path folder_;
};

// YAML: the file replaces one of a sound project. Expected: `ok`, or the code of an error and, behind a colon, its
// line; with `warning ` in front, of a warning.
class BadYaml : public BadInputTest {};

std::string CodesOf(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity != Severity::kError) continue;
    out += (out.empty() ? "" : " ") + item.code + ":" + std::to_string(item.span.line) + " " +
           item.message.substr(0, 60) + ";";
  }
  return out.empty() ? "ok" : out;
}

bool Reports(const Diagnostics& diagnostics, std::string code, const std::string& file) {
  const bool warning = code.starts_with("warning ");
  if (warning) code.erase(0, 8);
  for (const Diagnostic& item : diagnostics.items()) {
    const bool at_line = item.code + ":" + std::to_string(item.span.line) == code;
    const bool serious = item.severity == (warning ? Severity::kWarning : Severity::kError);
    if (serious && item.span.file == file && (item.code == code || at_line)) return true;
  }
  return false;
}

TEST_P(BadYaml, IsReportedAtItsPlace) {
  Write("config.yml", "recipe: default.v1\nlanguage: en\n");
  Write("domain.yml", "version: \"3.1\"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Hello\n");
  Write("data/nlu.yml", "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - good day\n");
  Write(GetParam().target, MakeInput(GetParam().input));
  LoadedSource loaded = LoadSource({.root = folder_.string()}, [](const std::string&) { return std::nullopt; });
  ValidateSource(loaded.source, loaded.diagnostics);
  if (GetParam().expected == "ok") {
    EXPECT_FALSE(loaded.diagnostics.has_errors()) << CodesOf(loaded.diagnostics);
  } else {
    EXPECT_TRUE(Reports(loaded.diagnostics, GetParam().expected, GetParam().target)) << CodesOf(loaded.diagnostics);
  }
  EXPECT_FALSE(RenderText(loaded.diagnostics, loaded.texts, {}).empty() && loaded.diagnostics.has_errors());
}

INSTANTIATE_TEST_SUITE_P(Table, BadYaml, testing::ValuesIn(ReadBadInputs("yaml")), RowName);

TEST(BadFolder, PipesLoopsAndDanglingLinksInTheDataEndTheLoadWithTheirNames) {
  const fs::path folder = fs::path(testing::TempDir()) / ("greenroom-bad-folder-" + std::to_string(getpid()));
  fs::create_directories(folder / "data/deep");
  for (const char* name : {"config.yml", "domain.yml"})
    fs::copy_file(fs::path(GREENROOM_SOURCE_DIR) / "examples/hotel" / name, folder / name);
  ASSERT_EQ(mkfifo((folder / "data/nlu.yml").c_str(), 0600), 0);
  fs::create_directory_symlink("..", folder / "data/deep/loop");
  fs::create_symlink("nowhere.yml", folder / "data/lost.yml");
  const LoadedSource loaded = LoadSource({.root = folder.string()}, [](const std::string&) { return std::nullopt; });
  EXPECT_TRUE(Reports(loaded.diagnostics, "S002", "data/nlu.yml")) << CodesOf(loaded.diagnostics);
  EXPECT_TRUE(Reports(loaded.diagnostics, "S002", "data/lost.yml")) << CodesOf(loaded.diagnostics);
  fs::remove_all(folder);
}

// JSON. Expected: `ok` or the reason.
class BadJson : public BadInputTest {};

TEST_P(BadJson, IsRefusedWithItsReason) {
  const Result<Json> json = ParseJson(MakeInput(GetParam().input), {.bytes = 4u << 20});
  EXPECT_EQ(json.ok() ? "ok" : json.error().reason, GetParam().expected) << (json.ok() ? "" : json.error().message);
  if (json.ok()) {
    EXPECT_EQ(*ParseJson(json->Dump()), *json);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BadJson, testing::ValuesIn(ReadBadInputs("json")), RowName);

// HTTP: bytes to a real server with the routes /open (GET, POST) and /admin (GET). Expected: the status and the reason
// of the last answer (`closed` when there is none), and how many requests reached a handler.
class BadHttp : public BadInputTest {
 protected:
  void SetUp() override {
    HttpHandler count = [this](std::shared_ptr<HttpRequest>, Responder respond) {
      ++handled_;
      respond(HttpResponse::Json(200, Json::Object({{"status", "ok"}})));
    };
    auto router =
        Router::Create({{.method = "GET", .pattern = "/open", .name = "open", .policy = "public", .handler = count},
                        {.method = "POST", .pattern = "/open", .name = "post", .policy = "public", .handler = count},
                        {.method = "GET", .pattern = "/admin", .name = "admin", .policy = "none", .handler = count}});
    ASSERT_TRUE(router.ok()) << router.error().message;
    router_ = std::move(router).value();
    auto server = HttpServer::Start({.header_timeout = kPatience,
                                     .body_timeout = kPatience,
                                     .keep_alive_timeout = kPatience,
                                     .sweep_interval = kSweep},
                                    [this](auto request, Responder respond) {
                                      router_->Dispatch(std::move(request), std::move(respond), "0.1.0");
                                    });
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(server).value();
  }
  void TearDown() override { server_->Stop(); }

  static constexpr std::chrono::milliseconds kPatience{1500}, kSweep{20};
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> server_;
  std::atomic<int> handled_ = 0;
};

std::string LastAnswer(const std::string& answers) {
  const size_t last = answers.rfind("HTTP/1.1 ", answers.rfind("\r\n\r\n"));
  if (last == std::string::npos) return "closed";
  const std::string answer = answers.substr(last);
  const size_t body = answer.find("\r\n\r\n");
  const Result<Json> json = ParseJson(body == std::string::npos ? "" : answer.substr(body + 4));
  const std::string reason = json.ok() ? (*json)["reason"].AsString() : "";
  return answer.substr(9, 3) + (reason.empty() ? "" : " " + reason);
}

TEST_P(BadHttp, IsAnsweredAndTheConnectionClosed) {
  TestSocket client(server_->port());
  client.Send(MakeInput(GetParam().input));
  const std::string answer = LastAnswer(client.ReadAll());
  EXPECT_EQ(answer + ", handled " + std::to_string(handled_.load()), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Table, BadHttp, testing::ValuesIn(ReadBadInputs("http")), RowName);

// Environments: names and addresses that people give. Target says what; expected: `ok` or the reason. Of a `file` it is
// an environments.yml where only TOKEN is set, expected as for YAML.
class BadEnvironment : public BadInputTest {};

Diagnostics ReadEnvironments(const std::string& text) {
  Diagnostics diagnostics;
  const VariableLookup variables = [](const std::string& name) {
    if (name == "EMPTY") return std::optional<std::string>("");
    return name == "TOKEN" ? std::optional<std::string>("a-secret-of-the-environment") : std::nullopt;
  };
  ReadEnvironmentsFile({.file = "environments.yml", .text = std::make_shared<const std::string>(text)},
                       {variables, CheckEnvironmentName}, diagnostics);
  return diagnostics;
}

TEST_P(BadEnvironment, IsRefusedWithItsReason) {
  const std::string text = MakeInput(GetParam().input);
  if (GetParam().target == "file") {
    const Diagnostics diagnostics = ReadEnvironments(text);
    const std::string shown = ListProblems(diagnostics);
    if (GetParam().expected == "ok") {
      EXPECT_FALSE(diagnostics.has_errors()) << shown;
    } else {
      EXPECT_TRUE(Reports(diagnostics, GetParam().expected, "environments.yml")) << shown;
    }
    EXPECT_EQ(shown.find("secret"), std::string::npos) << "a value is shown: " << shown;
    return;
  }
  const Result<void> checked = GetParam().target == "url"     ? CheckEnvironmentUrl(text)
                               : GetParam().target == "tag"   ? CheckTagName(text)
                               : GetParam().target == "model" ? CheckModelName(text)
                                                              : CheckEnvironmentName(text);
  EXPECT_EQ(checked.ok() ? "ok" : checked.error().reason, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Table, BadEnvironment, testing::ValuesIn(ReadBadInputs("environments")), RowName);

// Command line: the input is a list of arguments, run in the folder of a small sound project; behind ` | ` stands the
// text of the project file that the target names. Expected: the exit status and a part of what is printed.
class BadCommandLine : public BadInputTest {};

// What a run of the program left behind.
struct ProgramEnd {
  int status = -1;
  std::string output;
};

ProgramEnd RunProgram(const std::string& folder, const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  std::string program = GREENROOM_BINARY;
  arguments.push_back(program.data());
  std::vector<std::string> copies = words;
  for (std::string& word : copies) {
    if (!word.empty()) arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const std::string log = folder + "/output";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = -1;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (failed != 0 || waitpid(child, &status, 0) != child) return {};
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadFile(log).value()};
}

TEST_P(BadCommandLine, EndsWithItsStatusAndSaysWhy) {
  ASSERT_TRUE(FileExists(GREENROOM_BINARY)) << "the program is not built";
  Write("config.yml",
        "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n- name: KeywordIntentClassifier\n"
        "policies:\n- name: MemoizationPolicy\n- name: RulePolicy\n");
  Write("domain.yml", "version: \"3.1\"\nintents: [greet]\nresponses:\n  utter_greet:\n  - text: Hello\n");
  Write("data/nlu.yml", "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - good day\n");
  Write("data/rules.yml", "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n");
  const std::vector<std::string> parts = SplitAt(GetParam().input, " | ");
  if (parts.size() > 1) Write(GetParam().target, MakeInput(parts[1]));
  const ProgramEnd end = RunProgram(folder_.string(), SplitAt(parts[0], " "));
  const size_t blank = GetParam().expected.find(' ');
  EXPECT_EQ(std::to_string(end.status), GetParam().expected.substr(0, blank)) << end.output;
  if (blank != std::string::npos) {
    EXPECT_NE(end.output.find(GetParam().expected.substr(blank + 1)), std::string::npos) << end.output;
  }
  EXPECT_EQ(end.output.find("Sanitizer"), std::string::npos) << end.output;
}

INSTANTIATE_TEST_SUITE_P(Table, BadCommandLine, testing::ValuesIn(ReadBadInputs("cli")), RowName);

// Archives: a sound model package when the input is `package`, changed as its further words say, or other bytes.
class BadArchive : public BadInputTest {
 protected:
  std::string SoundPackage() {
    PackageDraft draft;
    draft.manifest.Set("assistant", "hotel");
    draft.trailer.Set("trained_at", 1.5);
    draft.parts = {{"nlu/a/weights", std::string(100, 'w')}, {"nlu/a/meta.json", "{}"}, {"empty", ""}};
    EXPECT_TRUE(WritePackage(draft, Path("sound")).ok());
    return ReadFile(Path("sound")).value();
  }

  // The reasons of both ways to read it, which must agree.
  std::string ReasonOf(const std::string& bytes) {
    Write("model", bytes);
    const auto opened = Package::Open(Path("model"));
    const auto read = Package::FromBytes(bytes);
    EXPECT_EQ(opened.ok(), read.ok());
    if (!read.ok()) return read.error().reason;
    return "ok";
  }
};

// Cuts at, or flips one bit at, `count` places spread over the package; every variant must be refused.
std::vector<std::string> Variants(const std::string& sound, const std::string& how, size_t count) {
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = sound.size() * i / count;
    std::string bytes = sound;
    if (how == "cut") bytes.resize(place);
    if (how == "flip") bytes[place] = static_cast<char>(bytes[place] ^ (1 << (i % 8)));
    out.push_back(std::move(bytes));
  }
  return out;
}

TEST_P(BadArchive, IsRefusedWithItsReason) {
  const std::vector<std::string> words = SplitAt(GetParam().input, " ");
  if (words[0] != "package") {
    EXPECT_EQ(ReasonOf(MakeInput(GetParam().input)), GetParam().expected);
    return;
  }
  const std::string sound = SoundPackage();
  ASSERT_EQ(ReasonOf(sound), "ok");
  if (words[1] == "append") {
    EXPECT_EQ(ReasonOf(sound + MakeInput(words[2])), GetParam().expected);
    return;
  }
  const std::vector<std::string> allowed = SplitAt(GetParam().expected, " ");
  for (const std::string& bytes : Variants(sound, words[1], std::stoul(words[2]))) {
    const std::string reason = ReasonOf(bytes);
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), reason), allowed.end())
        << reason << " at size " << bytes.size();
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BadArchive, testing::ValuesIn(ReadBadInputs("archive")), RowName);

TEST(BadPackageFile, APipeAFolderAndAMissingFileAreRefusedAtOnce) {
  const fs::path folder = fs::path(testing::TempDir()) / ("greenroom-bad-file-" + std::to_string(getpid()));
  fs::create_directories(folder);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(Package::Open((folder / "pipe").string()).error().reason, "not_a_file");
  EXPECT_EQ(Package::Open(folder.string()).error().reason, "not_a_file");
  EXPECT_EQ(Package::Open((folder / "none").string()).error().reason, "file_missing");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace greenroom
