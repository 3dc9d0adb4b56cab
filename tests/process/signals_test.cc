// Commands that are interrupted, starved of resources, or cut off from their output.
#include <csignal>

#include "tests/process/home_fixture.h"
#include "tests/process/long_training.h"

namespace greenroom {
namespace {

class SignalsTest : public HomeTest {
 protected:
  // A line of a shell, run in the home.
  Program::Options Shell(const std::string& line) const {
    return {.arguments = {"-c", line}, .folder = home_, .binary = "/bin/sh"};
  }
};

TEST_F(SignalsTest, AnInterruptedTrainingLeavesNoPackage) {
  std::signal(SIGINT, SIG_DFL);  // whoever runs tests in the background has it ignored, and programs inherit that
  WriteProject("bot", LongTraining());
  for (const int number : {SIGINT, SIGTERM, SIGKILL}) {
    Program training(
        {.arguments = {"train", "--project", Path("bot"), "--output", Path("out/bot.grm"), "--progress", "json"}});
    ASSERT_TRUE(training.WaitFor("\"step\"")) << training.output();
    training.Signal(number);
    EXPECT_EQ(training.WaitEnd(), 128 + number) << training.output();
    EXPECT_FALSE(FileExists(Path("out/bot.grm"))) << number;
  }
}

TEST_F(SignalsTest, OutputThatCannotBeWrittenIsAFailure) {
  Program full(Shell("exec " GREENROOM_BINARY " completion bash > /dev/full"));
  EXPECT_EQ(full.WaitEnd(), 1) << full.output();
  Program closed(Shell("exec " GREENROOM_BINARY " completion bash >&-"));
  EXPECT_EQ(closed.WaitEnd(), 1) << closed.output();
}

TEST_F(SignalsTest, AReaderThatLeavesEarlyIsNoCrash) {
  Program piped(Shell(GREENROOM_BINARY " openapi | head -1; echo done"));
  EXPECT_EQ(piped.WaitEnd(), 0) << piped.output();
  EXPECT_FALSE(Holds(piped.output(), "Aborted")) << piped.output();
  EXPECT_FALSE(Holds(piped.output(), "Sanitizer")) << piped.output();
}

}  // namespace
}  // namespace greenroom
