// Loads, trains and asks every project of a corpora folder: bench projects --corpora DIR
// (DIR/assistants/<name>, DIR/../golden/projects/<name>/{config.yml,summary.json}); Rasa's train time stands beside
// ours.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/environment.h"
#include "base/files.h"
#include "base/log.h"
#include "bench/support.h"
#include "nlu/register.h"
#include "serving/model_loader.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Row {
  bool should_train = false, trained = false, explained = false;
  double load = 0, train = 0, parse = 0, rasa = 0;
  std::string note;
};

// Rasa's projects name folders of their own making; the golden config is what was trained.
SourcePaths PathsOf(const std::string& project, const std::string& golden) {
  SourcePaths paths{.root = project, .config = golden + "/config.yml"};
  if (IsDirectory(project + "/domain") && !FileExists(project + "/domain.yml")) paths.domain = "domain";
  return paths;
}

std::string FirstError(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics.items()) {
    if (d.severity == Severity::kError)
      return d.code + " " + d.span.file + ":" + std::to_string(d.span.line) + " " + d.message;
  }
  return "";
}

Row Try(const std::string& project, const std::string& golden, const std::string& home) {
  Row row;
  auto summary = ReadFile(golden + "/summary.json");
  Json facts = summary ? ParseJson(*summary).value() : Json();
  row.should_train = facts["train_exit"].AsInt(1) == 0;
  row.rasa = facts["train_seconds"].AsDouble();
  double begun = Now();
  LoadedSource loaded = LoadSource(PathsOf(project, golden), ProcessEnvironment());
  row.load = Now() - begun;
  ComponentRegistry components;
  RegisterNluComponents(components);
  if (!loaded.diagnostics.has_errors()) {
    auto trained =
        TrainModel(loaded.source, components, {.output = home + "/models/m.grm", .name = "m"}, loaded.diagnostics);
    row.trained = trained.ok();
    if (trained) row.train = trained->seconds;
  }
  row.note = FirstError(loaded.diagnostics);
  row.explained = !row.note.empty();
  if (!row.trained) return row;
  auto package = Package::Open(home + "/models/m.grm");
  auto model = LoadLiveModel(*package, components);
  if (!model) return row.trained = false, row.note = model.error().message, row;
  const auto& examples = loaded.source.data.nlu.examples;
  begun = Now();
  for (size_t i = 0; i < 1000 && !examples.empty(); ++i)
    (void)ParseForTurn(**model, {.text = examples[i % examples.size()].text});
  row.parse = (Now() - begun) / 1000;
  return row;
}

int Run(const std::string& directory) {
  const std::string corpora = std::filesystem::absolute(directory);  // the paths of a source are relative to its root
  auto files = ListFiles(corpora + "/../golden/projects");
  if (!files) return std::fprintf(stderr, "%s\n", files.error().message.c_str()), 2;
  TemporaryHome home;
  size_t good = 0, needed = 0;
  std::printf("%-34s %9s %9s %9s %10s %7s\n", "project", "load ms", "train s", "parse us", "Rasa s", "x");
  for (const std::string& file : *files) {
    if (!file.ends_with("/summary.json")) continue;
    std::string name = file.substr(0, file.find('/'));
    Row row = Try(corpora + "/assistants/" + name, corpora + "/../golden/projects/" + name, home.path());
    needed += row.should_train;
    good += row.should_train && row.trained;
    std::printf("%-34s %9.1f %9.3f %9.1f %10.1f %7.0f %s\n", name.c_str(), row.load * 1e3, row.train, row.parse * 1e6,
                row.rasa, row.train > 0 ? row.rasa / row.train : 0, row.trained ? "" : row.note.c_str());
  }
  return Close(Json::Object({{"bench", "projects"}, {"trained", good}, {"of", needed}}), good == needed && needed > 0);
}

}  // namespace
}  // namespace greenroom

int main(int argc, char** argv) {
  greenroom::SetLogLevel(greenroom::LogLevel::kOff);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--corpora") == 0) return greenroom::Run(argv[i + 1]);
  }
  std::fprintf(stderr, "bench projects needs --corpora DIR\n");
  return 2;
}
