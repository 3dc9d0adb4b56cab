// Recorded conversations of real projects, replayed here. Needs GREENROOM_CORPORA, a folder with assistants/ and
// ../golden beside it; without the variable these tests say that they are skipped. GREENROOM_GOLDEN=NAME replays one
// and explains.
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

struct Count {
  size_t same = 0, all = 0;
};

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

// No turns of ours: those in which the recorded engine failed, events of timers or of the outside, and holes of the
// recording, in which the message itself is missing.
bool IsComparable(const Json& turn) {
  if (turn.Find("exception") != nullptr || turn.Find("append") != nullptr || turn.Find("sleep") != nullptr)
    return false;
  const auto& events = turn["events"].array();
  return std::count_if(events.begin(), events.end(),
                       [](const Json& event) { return event["event"].AsString() == "user"; }) == 1;
}

class GoldenProjects : public testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("GREENROOM_CORPORA");
    if (root == nullptr) GTEST_SKIP() << "GREENROOM_CORPORA is not set; recordings are not replayed";
    corpora_ = root;
  }

  std::vector<fs::path> Folders(const char* kind) const {
    std::vector<fs::path> folders;
    for (const fs::directory_entry& entry : fs::directory_iterator(corpora_ / ".." / "golden" / kind)) {
      if (entry.is_directory() && (OneName().empty() || entry.path().filename() == OneName()))
        folders.push_back(entry.path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
  }

  fs::path corpora_;
};

void Explain(const Json& talk, const Json& turn, const std::string& difference) {
  if (OneName().empty() || difference.empty()) return;
  std::cout << "  " << talk["id"].AsString() << ": " << turn["message"].Dump() << "\n    " << difference << "\n";
}

struct ProjectCount {
  Count determined, learned;
};

ProjectCount ReplayProject(const LiveModel& model, const fs::path& folder) {
  ProjectCount count;
  for (const Json& talk : ReadLines(folder / "conversations.jsonl")) {
    golden::Replay replay(model, talk["id"].AsString(), "rest");
    for (const Json& turn : talk["turns"].array()) {
      // After a session was reset the recording misses the events of one turn: what follows has no known history.
      if (turn["events"].size() == 0) break;
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

TEST_F(GoldenProjects, AnswerTurnByTurnAsRecorded) {
  ProjectCount sum;
  for (const fs::path& folder : Folders("projects")) {
    const std::string name = folder.filename().string();
    if (!fs::exists(folder / "conversations.jsonl")) continue;
    SourcePaths paths{.root = (corpora_ / "assistants" / name).string(),
                      .config = fs::absolute(folder / "config.yml").string()};
    std::string errors;
    auto model = golden::TrainLive(LoadSource(paths, NoVariables), golden::ParseBy::kRecording, errors);
    if (model == nullptr) {
      std::cout << name << ": refused here\n" << (OneName().empty() ? "" : errors);
      continue;
    }
    const ProjectCount count = ReplayProject(*model, folder);
    std::cout << name << ": determined " << count.determined.same << " of " << count.determined.all << ", learned "
              << count.learned.same << " of " << count.learned.all << "\n";
    Add(sum.determined, count.determined);
    Add(sum.learned, count.learned);
  }
  std::cout << "determined turns " << sum.determined.same << " of " << sum.determined.all << ", learned turns "
            << sum.learned.same << " of " << sum.learned.all << "\n";
  EXPECT_EQ(sum.determined.same, sum.determined.all);
}

}  // namespace
}  // namespace greenroom
