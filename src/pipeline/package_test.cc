#include "pipeline/package.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/files.h"

namespace greenroom {
namespace {

class PackageTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("greenroom-package-" + std::to_string(getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ / name; }

  std::string Bytes(const PackageDraft& draft) {
    EXPECT_TRUE(WritePackage(draft, Path("bytes")).ok());
    return ReadFile(Path("bytes")).value();
  }

 private:
  std::filesystem::path folder_;
};

PackageDraft SmallDraft() {
  PackageDraft draft;
  draft.manifest.Set("assistant", "hotel");
  draft.trailer.Set("trained_at", 1700000000.5);
  draft.parts = {{"nlu/0_A/weights", std::string(100, 'w')}, {"nlu/0_A/meta.json", "{}"}, {"nlu/1_B/empty", ""}};
  return draft;
}

std::string ReasonOf(std::string bytes) {
  auto package = Package::FromBytes(std::move(bytes));
  return package.ok() ? "ok" : package.error().reason;
}

TEST_F(PackageTest, WhatWasWrittenIsReadBack) {
  const Result<std::string> digest = WritePackage(SmallDraft(), Path("m"));
  ASSERT_TRUE(digest.ok()) << digest.error().message;
  auto package = Package::Open(Path("m"));
  ASSERT_TRUE(package.ok()) << package.error().message;
  EXPECT_EQ((*package)->digest(), *digest);
  EXPECT_EQ(digest->size(), 64u);
  EXPECT_EQ((*package)->manifest()["assistant"].AsString(), "hotel");
  EXPECT_EQ((*package)->trailer()["trained_at"].AsDouble(), 1700000000.5);
  EXPECT_EQ((*package)->Part("nlu/0_A/weights").value(), std::string(100, 'w'));
  EXPECT_EQ((*package)->Under("nlu/0_A")->Get("meta.json").value(), "{}");
  EXPECT_EQ((*package)->Part("nlu/1_B/empty").value(), "");
  EXPECT_EQ((*package)->Part("nlu/2").error().reason, "model_part_missing");
  EXPECT_EQ((*package)->PartNames().size(), 3u);
}

TEST_F(PackageTest, PartsAreAlignedForUseInPlace) {
  for (auto package : {Package::FromBytes(Bytes(SmallDraft())), Package::Open(Path("bytes"))}) {
    ASSERT_TRUE(package.ok());
    for (const std::string& name : (*package)->PartNames()) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>((*package)->Part(name)->data()) % 64, 0u) << name;
    }
  }
}

TEST_F(PackageTest, EqualDraftsGiveEqualBytesAndTheTrailerIsOutsideTheDigest) {
  PackageDraft later = SmallDraft();
  later.trailer.Set("trained_at", 1800000000.0);
  EXPECT_EQ(Bytes(SmallDraft()), Bytes(SmallDraft()));
  EXPECT_EQ(WritePackage(SmallDraft(), Path("a")).value(), WritePackage(later, Path("b")).value());
  later.parts[0].second[3] = 'x';
  EXPECT_NE(WritePackage(SmallDraft(), Path("a")).value(), WritePackage(later, Path("b")).value());
}

TEST_F(PackageTest, TruncationAtEveryByteIsRefused) {
  const std::string bytes = Bytes(SmallDraft());
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(ReasonOf(bytes.substr(0, length)), "package_truncated") << length;
  }
  EXPECT_EQ(ReasonOf(bytes + "x"), "package_corrupt");
}

TEST_F(PackageTest, AFlippedBitInAnyByteIsRefused) {
  const std::string bytes = Bytes(SmallDraft());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 7}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      EXPECT_NE(ReasonOf(std::move(damaged)), "ok") << i;
    }
  }
}

TEST_F(PackageTest, NewerAndOlderFormatsAreRefusedWithBothVersionsNamed) {
  std::string bytes = Bytes(SmallDraft());
  bytes[8] = 9;
  auto newer = Package::FromBytes(bytes);
  EXPECT_EQ(newer.error().reason, "package_too_new");
  EXPECT_NE(newer.error().message.find("format 9"), std::string::npos);
  EXPECT_NE(newer.error().message.find("1 to 1"), std::string::npos);
  bytes[8] = 0;
  EXPECT_EQ(ReasonOf(bytes), "package_too_old");
}

TEST_F(PackageTest, AFileOfAnotherKindIsNoPackage) {
  EXPECT_EQ(ReasonOf("PK\x03\x04 something else entirely"), "package_corrupt");
  EXPECT_EQ(ReasonOf("GRNMODEX12345678"), "package_corrupt");
}

TEST_F(PackageTest, ImpossibleLengthsAreRefusedWithoutBeingBelieved) {
  std::string bytes = Bytes(SmallDraft());
  for (size_t i = 12; i < 16; ++i) bytes[i] = '\xff';
  EXPECT_EQ(ReasonOf(bytes), "package_corrupt");
}

// The manifest of this package is well formed and its digest right: only its table of parts lies.
TEST_F(PackageTest, APartTableThatLiesIsRefused) {
  for (const char* lie : {R"([{"name":"a","offset":-64,"length":1,"sha256":""}])",
                          R"([{"name":"a","offset":0,"length":9223372036854775807,"sha256":""}])",
                          R"([{"name":"a","offset":64,"length":0,"sha256":""}])",
                          R"([{"name":"","offset":0,"length":0}])", R"({"a":1})", "[1,2]", "null"}) {
    std::string manifest = std::string(R"({"parts":)") + lie + "}";
    std::string bytes =
        std::string("GRNMODEL\1\0\0\0", 12) + static_cast<char>(manifest.size()) + std::string(3, '\0') + manifest;
    const std::string covered = bytes + "{}";
    bytes.resize((bytes.size() + 63) / 64 * 64, '\0');
    bytes += std::string("\2\0\0\0", 4) + Sha256Hex(covered) + "{}";
    EXPECT_EQ(ReasonOf(bytes), "package_corrupt") << lie;
  }
}

TEST_F(PackageTest, APartNameUsedTwiceIsRefusedWhenWriting) {
  PackageDraft draft = SmallDraft();
  draft.parts.push_back(draft.parts[0]);
  EXPECT_EQ(WritePackage(draft, Path("m")).error().reason, "package_part_name");
}

TEST_F(PackageTest, OpenNamesThePathOfAMissingFile) {
  auto package = Package::Open(Path("absent"));
  ASSERT_FALSE(package.ok());
  EXPECT_EQ(package.error().reason, "file_missing");
}

}  // namespace
}  // namespace greenroom
