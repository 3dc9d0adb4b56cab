#include "storage/tar_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/files.h"

namespace greenroom {
namespace {

class TarFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/greenroom-tar-XXXXXX";
    folder_ = ::mkdtemp(name);
    file_ = folder_ + "/a.tar";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::map<std::string, std::string>& contents) {
    auto tar = TarWriter::Create(file_);
    ASSERT_TRUE(tar.ok()) << tar.error().message;
    for (const auto& [name, bytes] : contents) ASSERT_TRUE((*tar)->AddBytes(name, bytes).ok()) << name;
    ASSERT_TRUE((*tar)->Finish().ok());
  }

  Result<std::map<std::string, std::string>> Read() {
    GR_ASSIGN(auto tar, TarReader::Open(file_));
    std::map<std::string, std::string> found;
    while (true) {
      GR_ASSIGN(std::optional<std::string> name, tar->Next());
      if (!name) return found;
      std::string& bytes = found[*name];
      GR_ASSIGN(TarMember member, tar->Read([&bytes](std::string_view piece) -> Result<void> {
        bytes += piece;
        return {};
      }));
      if (member.bytes != bytes.size() || member.sha256 != Sha256Hex(bytes))
        return Error{ErrorCode::kInternal, "test", "the member does not describe its content"};
    }
  }

  std::string folder_, file_;
};

TEST_F(TarFileTest, WhatIsWrittenIsReadAlsoWithLongNamesAndLargeContents) {
  std::map<std::string, std::string> contents = {
      {"a", ""},
      {std::string(100, 'b'), "one block"},
      {"models/" + std::string(101, 'c') + ".grm", std::string(512, 'x')},
      {"deep/" + std::string(200, 'd') + "/" + std::string(190, 'e'), std::string(1'000'000, 'y')}};
  Write(contents);
  auto found = Read();
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, contents);
}

TEST_F(TarFileTest, TheTarProgramReadsWhatIsWritten) {
  std::string name = "models/" + std::string(120, 'm') + ".grm";
  Write({{"short", "1"}, {name, "22"}});
  ASSERT_EQ(std::system(("tar xf " + file_ + " -C " + folder_).c_str()), 0);
  EXPECT_EQ(ReadFile(folder_ + "/" + name).value(), "22");
  EXPECT_EQ(ReadFile(folder_ + "/short").value(), "1");
}

TEST_F(TarFileTest, AFlippedBitOutsideOfTheContentsIsRefused) {
  std::string name = "models/" + std::string(120, 'm');
  Write({{"a", "content"}, {name, "content"}});
  const std::string whole = ReadFile(file_).value();
  for (size_t i = 0; i < whole.size() * 8; i += 17) {
    std::string changed = whole;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    std::ofstream(file_, std::ios::binary) << changed;
    auto found = Read();
    if (!found) continue;
    // Only the contents themselves are left to whoever compares digests.
    EXPECT_TRUE((*found)["a"] != "content" || (*found)[name] != "content") << "bit " << i;
  }
}

TEST_F(TarFileTest, NamesThatLeadOutOfTheFolderAreRefused) {
  for (const char* name : {"", "/etc/passwd", "../a", "a/../b", "a//b", "a/.", "./a", "a/"})
    EXPECT_FALSE(IsSafeMemberName(name)) << name;
  EXPECT_FALSE(IsSafeMemberName(std::string(401, 'a')));
  EXPECT_FALSE(IsSafeMemberName(std::string_view("a\0b", 3)));
  auto tar = TarWriter::Create(file_);
  ASSERT_TRUE(tar.ok());
  EXPECT_EQ((*tar)->AddBytes("../a", "x").error().reason, "tar_name");
}

TEST_F(TarFileTest, AnArchiveOfAnotherProgramIsRefused) {
  ASSERT_TRUE(WriteFileDurably(folder_ + "/one", "1").ok());
  ASSERT_EQ(std::system(("tar cf " + file_ + " -C " + folder_ + " one").c_str()), 0);
  EXPECT_EQ(Read().error().reason, "tar_corrupt");
}

TEST_F(TarFileTest, WhatIsNotFinishedLeavesNothingAndTwoWritersDoNotMeet) {
  {
    auto first = TarWriter::Create(file_);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(TarWriter::Create(file_).error().reason, "file_in_use");
    ASSERT_TRUE((*first)->AddBytes("a", "x").ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  Write({{"a", "x"}});
  EXPECT_TRUE(Read().ok());
}

}  // namespace
}  // namespace greenroom
