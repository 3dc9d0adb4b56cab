// What Rasa did, replayed here: see src/conformance. Needs GREENROOM_CORPORA, a folder beside which `golden` lies;
// without it these tests say that they are skipped. GREENROOM_CASE=PART takes the cases whose name holds PART, with all
// their differences.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "conformance/cases.h"
#include "conformance/documented.h"
#include "conformance/fixtures.h"
#include "conformance/projects.h"

namespace greenroom::conformance {
namespace {

namespace fs = std::filesystem;

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    const char* corpora = std::getenv("GREENROOM_CORPORA");
    if (corpora == nullptr) GTEST_SKIP() << "GREENROOM_CORPORA is not set; recordings are not replayed";
    corpora_ = corpora;
    golden_ = corpora_ / ".." / "golden";
    const char* only = std::getenv("GREENROOM_CASE");
    if (only != nullptr) report_.only = only;
    report_.verbose = only != nullptr;
    workshop_ = Workshop::Create().value();
  }

  fs::path corpora_, golden_;
  Report report_{.out = std::cout};
  std::unique_ptr<Workshop> workshop_;
};

TEST_F(Golden, CasesGoAsRecordedOrAsDocumented) {
  const CaseFigures figures = CompareCases(golden_ / "cases", *workshop_, report_);
  EXPECT_TRUE(figures.ok()) << figures.ToJson().Pretty();
  EXPECT_TRUE(figures.own_history.complete()) << figures.own_history.Text();
}

TEST_F(Golden, DeterminedTurnsOfProjectsGoAsRecorded) {
  const ProjectFigures figures =
      CompareProjects({.recordings = golden_ / "projects", .assistants = corpora_ / "assistants"}, *workshop_, report_);
  EXPECT_TRUE(figures.verdicts.complete());
  EXPECT_TRUE(figures.turns.determined.complete()) << figures.turns.determined.Text();
  EXPECT_GE(figures.turns.learned_free.part(), kLearnedFreeBar);
  EXPECT_GE(figures.intents.ours, figures.intents.theirs);
}

TEST(Documented, EveryRowThatARuleRecognisesIsARowOfTheDocument) {
  const std::string document = ReadFile(std::string(GREENROOM_SOURCE_DIR) + "/docs/fidelity.md").value();
  for (std::string_view row : DocumentedRows())
    EXPECT_NE(document.find("| " + std::string(row) + " |"), std::string::npos) << row;
}

}  // namespace
}  // namespace greenroom::conformance
