// What was recorded of another engine, replayed here. Needs GREENROOM_CORPORA, a folder with assistants/ and ../golden
// beside it; without the variable these tests say that they are skipped. GREENROOM_GOLDEN=NAME replays one and explains.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "tests/process/golden_replay.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

struct Count { size_t same = 0, all = 0; };

std::optional<std::string> NoVariables(const std::string&) { return std::nullopt; }

std::string OneName() {
  const char* name = std::getenv("GREENROOM_GOLDEN");
  return name == nullptr ? "" : name;
}

Json ReadLine(const std::string& text) {
  Result<Json> json = ParseJson(text, {.bytes = 64u << 20, .depth = 100, .nodes = 10'000'000});
  return json.ok() ? *json : Json();
}

std::vector<Json> ReadLines(const fs::path& path) {
  std::vector<Json> lines;
  const std::string text = ReadFile(path.string()).value();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(ReadLine(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

std::string ChannelOf(const Json& talk) { return talk["channel"].is_string() ? talk["channel"].AsString() : "rest"; }

// Turns in which the recorded engine failed, and events of timers or of the outside, are no turns of ours.
bool IsComparable(const Json& turn) {
  if (turn.Find("exception") != nullptr || turn.Find("append") != nullptr || turn.Find("sleep") != nullptr) return false;
  const auto& events = turn["events"].array();
  return std::count_if(events.begin(), events.end(), [](const Json& event) { return event["event"].AsString() == "user"; }) <= 1;
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("GREENROOM_CORPORA");
    if (root == nullptr) GTEST_SKIP() << "GREENROOM_CORPORA is not set; recordings are not replayed";
    corpora_ = root;
  }

  std::vector<fs::path> Folders(const char* kind) const {
    std::vector<fs::path> folders;
    for (const fs::directory_entry& entry : fs::directory_iterator(corpora_ / ".." / "golden" / kind)) {
      if (entry.is_directory() && (OneName().empty() || entry.path().filename() == OneName())) folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
  }

  fs::path corpora_;
};

void Explain(const Json& talk, const Json& turn, const std::string& difference) {
  if (OneName().empty() || difference.empty()) return;
  const Json& said = turn.Find("trigger") != nullptr ? turn["trigger"] : turn["message"];
  std::cout << "  " << (talk["name"].is_string() ? talk["name"] : talk["id"]).AsString() << ": " << said.Dump() << "\n    " << difference << "\n";
}

Count ReplayTalks(const LiveModel& model, const Json& golden) {
  Count count;
  for (const Json& talk : golden["talks"].array()) {
    golden::Replay replay(model, talk["name"].AsString(), ChannelOf(talk));
    for (const Json& turn : talk["turns"].array()) {
      const std::string difference = replay.Take(turn, golden::ParseBy::kModel);
      if (!IsComparable(turn)) continue;
      ++count.all;
      count.same += difference.empty() ? 1 : 0;
      Explain(talk, turn, difference);
    }
  }
  return count;
}

// A case is the same when all of its turns are, or when both sides refuse to train.
Count ReplayCase(const fs::path& folder, std::string& note) {
  const Json golden = ReadLine(ReadFile((folder / "golden.json").string()).value());
  SourcePaths paths{.root = folder.string(), .domain = fs::exists(folder / "domain.yml") ? "domain.yml" : "domain"};
  std::string errors;
  auto model = golden::TrainLive(LoadSource(paths, NoVariables), golden::ParseBy::kModel, errors);
  const bool refused = golden["train"].Find("refused") != nullptr || !golden["train"]["model"].AsBool();
  if (!OneName().empty() && model == nullptr) std::cout << errors << "\n";
  if (refused != (model == nullptr)) {
    note = refused ? "trains here" : "refused here";
    return {.same = 0, .all = std::max<size_t>(1, golden["talks"].size())};
  }
  if (refused) return {.same = 1, .all = 1};
  return ReplayTalks(*model, golden);
}

TEST_F(Golden, CasesOfOneCornerEachEndAsRecorded) {
  Count cases, turns;
  for (const fs::path& folder : Folders("cases")) {
    std::string note;
    const Count count = ReplayCase(folder, note);
    const bool same = count.same == count.all;
    if (!same) std::cout << folder.filename().string() << ": " << count.same << " of " << count.all << " " << note << "\n";
    ++cases.all;
    cases.same += same ? 1 : 0;
    turns.all += count.all;
    turns.same += count.same;
  }
  std::cout << "cases " << cases.same << " of " << cases.all << ", turns " << turns.same << " of " << turns.all << "\n";
  if (OneName().empty()) {
    EXPECT_GE(static_cast<double>(turns.same), 0.5 * static_cast<double>(turns.all));
  }
}

struct ProjectCount { Count determined, learned; };

ProjectCount ReplayProject(const LiveModel& model, const fs::path& folder) {
  ProjectCount count;
  for (const Json& talk : ReadLines(folder / "conversations.jsonl")) {
    golden::Replay replay(model, talk["id"].AsString(), "rest");
    for (const Json& turn : talk["turns"].array()) {
      const std::string difference = replay.Take(turn, golden::ParseBy::kRecording);
      if (!IsComparable(turn)) continue;
      Count& which = golden::IsLearnedTurn(turn) ? count.learned : count.determined;
      ++which.all;
      which.same += difference.empty() ? 1 : 0;
      Explain(talk, turn, difference);
    }
  }
  return count;
}

void Add(Count& sum, const Count& count) { sum.same += count.same, sum.all += count.all; }

TEST_F(Golden, RealProjectsAnswerTurnByTurnAsRecorded) {
  ProjectCount sum;
  for (const fs::path& folder : Folders("projects")) {
    const std::string name = folder.filename().string();
    if (!fs::exists(folder / "conversations.jsonl")) continue;
    SourcePaths paths{.root = (corpora_ / "assistants" / name).string(), .config = fs::absolute(folder / "config.yml").string()};
    std::string errors;
    auto model = golden::TrainLive(LoadSource(paths, NoVariables), golden::ParseBy::kRecording, errors);
    if (model == nullptr) {
      std::cout << name << ": refused here\n" << (OneName().empty() ? "" : errors);
      continue;
    }
    const ProjectCount count = ReplayProject(*model, folder);
    std::cout << name << ": determined " << count.determined.same << " of " << count.determined.all << ", learned " << count.learned.same << " of " << count.learned.all << "\n";
    Add(sum.determined, count.determined);
    Add(sum.learned, count.learned);
  }
  std::cout << "determined turns " << sum.determined.same << " of " << sum.determined.all << ", learned turns " << sum.learned.same << " of " << sum.learned.all << "\n";
  if (OneName().empty()) {
    EXPECT_GE(static_cast<double>(sum.determined.same), 0.5 * static_cast<double>(sum.determined.all));
  }
}

}  // namespace
}  // namespace greenroom
