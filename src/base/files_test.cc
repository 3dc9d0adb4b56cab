#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

namespace greenroom {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test, removed afterwards.
class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "files_test_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~Files() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  std::string root_;
};

TEST_F(Files, ReadBackWhatWasWritten) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), std::string("x\0y", 3)).ok());
  EXPECT_EQ(*ReadFile(Path("a")), std::string("x\0y", 3));
  EXPECT_EQ(*FileSize(Path("a")), 3u);
  EXPECT_FALSE(FileExists(Path("a.partial")));
}

TEST_F(Files, WritingReplacesTheWholeFile) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), "a long first content").ok());
  ASSERT_TRUE(WriteFileDurably(Path("a"), "short").ok());
  EXPECT_EQ(*ReadFile(Path("a")), "short");
}

TEST_F(Files, MissingFilesAreNamed) {
  auto read = ReadFile(Path("nope"));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().reason, "file_missing");
  EXPECT_NE(read.error().message.find("nope"), std::string::npos);
  EXPECT_EQ(RemoveFile(Path("nope")).error().reason, "file_missing");
  EXPECT_EQ(FileSize(Path("nope")).error().reason, "file_missing");
  EXPECT_EQ(MappedFile::Open(Path("nope")).error().reason, "file_missing");
  EXPECT_EQ(ListFiles(Path("nope")).error().reason, "file_missing");
  EXPECT_EQ(WriteFileDurably(Path("no/such"), "x").error().reason, "file_missing");
}

TEST_F(Files, SizeLimitIsExact) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), "12345").ok());
  EXPECT_TRUE(ReadFile(Path("a"), 5).ok());
  EXPECT_EQ(ReadFile(Path("a"), 4).error().reason, "file_too_large");
}

TEST_F(Files, AFullDiskIsReportedAndLeavesTheOldFile) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  ASSERT_TRUE(WriteFileDurably(Path("a"), "old").ok());
  fs::create_symlink("/dev/full", Path("a.partial"));
  auto written = WriteFileDurably(Path("a"), "new");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().reason, "no_space");
  EXPECT_EQ(*ReadFile(Path("a")), "old");
  EXPECT_FALSE(fs::exists(fs::symlink_status(Path("a.partial"))));
}

TEST_F(Files, WritersOfOnePathTakeTurns) {
  std::vector<std::thread> writers;
  std::atomic<int> failed = 0;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    writers.emplace_back([&, letter] {
      for (int i = 0; i < 50; ++i) failed += WriteFileDurably(Path("same"), std::string(9000, letter)).ok() ? 0 : 1;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failed, 0);
  const std::string last = *ReadFile(Path("same"));
  EXPECT_EQ(last, std::string(9000, last.at(0))) << "one writer's file whole";
  EXPECT_EQ(ListFiles(root_)->size(), 1u);
}

TEST_F(Files, PipesAndFoldersAreRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(Path("pipe.yml").c_str(), 0600), 0);
  EXPECT_EQ(ReadFile(Path("pipe.yml")).error().reason, "not_a_file");
  EXPECT_EQ(ReadFile(root_).error().reason, "not_a_file");
  EXPECT_EQ(MappedFile::Open(Path("pipe.yml")).error().reason, "not_a_file");
  EXPECT_EQ(*ListFiles(root_), std::vector<std::string>{"pipe.yml"});
}

TEST_F(Files, UnreadableFilesAreNotSkipped) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ASSERT_TRUE(WriteFileDurably(Path("a"), "x").ok());
  fs::permissions(Path("a"), fs::perms::none);
  EXPECT_EQ(ReadFile(Path("a")).error().reason, "permission_denied");
  ASSERT_TRUE(CreateDirectories(Path("closed")).ok());
  fs::permissions(Path("closed"), fs::perms::none);
  EXPECT_EQ(ListFiles(root_).error().reason, "permission_denied");
  fs::permissions(Path("closed"), fs::perms::owner_all);
}

TEST_F(Files, ListsRecursivelyInOrderAndFollowsLinks) {
  ASSERT_TRUE(CreateDirectories(Path("data/b")).ok());
  ASSERT_TRUE(CreateDirectories(Path("other")).ok());
  for (const char* name : {"z", "data/b/1", "data/a", "other/o"}) ASSERT_TRUE(WriteFileDurably(Path(name), "").ok());
  fs::create_directory_symlink(Path("other"), Path("data/link"));
  EXPECT_EQ(*ListFiles(root_), (std::vector<std::string>{"data/a", "data/b/1", "data/link/o", "other/o", "z"}));
}

TEST_F(Files, LinksToAParentEndTheWalk) {
  ASSERT_TRUE(CreateDirectories(Path("data")).ok());
  ASSERT_TRUE(WriteFileDurably(Path("data/a"), "").ok());
  for (const char* name : {"data/up", "data/up2", "data/up3"}) fs::create_directory_symlink("..", Path(name));
  auto files = ListFiles(root_);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(*files, std::vector<std::string>{"data/a"});
}

TEST_F(Files, MappingShowsTheBytesAndOutlivesTheName) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), "mapped").ok());
  auto mapped = MappedFile::Open(Path("a"));
  ASSERT_TRUE(mapped.ok());
  ASSERT_TRUE(RemoveFile(Path("a")).ok());
  EXPECT_EQ((*mapped)->bytes(), "mapped");
  ASSERT_TRUE(WriteFileDurably(Path("empty"), "").ok());
  EXPECT_EQ((*MappedFile::Open(Path("empty")))->bytes(), "");
}

}  // namespace
}  // namespace greenroom
