#include "archive/rasa_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "archive/archive_fixture.h"
#include "base/files.h"

namespace greenroom {
namespace {

TEST(RasaModel, OfRasa3SaysWhatItsMetadataSays) {
  const std::string bytes = RasaArchive();
  const auto model = InspectRasaModel(ChunksOf(bytes));
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->rasa_version, "3.6.21");
  EXPECT_DOUBLE_EQ(model->trained_at, 1795466719.5);
  EXPECT_EQ(model->model_id, "abc");
  EXPECT_EQ(model->assistant_id, "hotel");
  EXPECT_EQ(model->language, "en");
  EXPECT_EQ(model->training_type, "both");
  EXPECT_EQ(model->domain["intents"].Dump(), R"(["greet","bye"])");
  EXPECT_EQ(model->domain["slots"].Dump(), R"(["name"])");
  EXPECT_EQ(model->files, 2u);
  EXPECT_FALSE(model->holds_pickles);
}

TEST(RasaModel, OfRasa2SaysVersionAndTime) {
  const std::string bytes = Gzip(TarMember({"./", "", '5'}) + TarMember({"./core/policy.pkl", "x"}) +
                                 TarMember({"./fingerprint.json", R"({"version": "2.8.1", "trained_at": 1600000000.5,
                                     "config": "a", "project": "b"})"}) +
                                 TarEnd());
  const auto model = InspectRasaModel(ChunksOf(bytes));
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->rasa_version, "2.8.1");
  EXPECT_DOUBLE_EQ(model->trained_at, 1600000000.5);
  EXPECT_TRUE(model->holds_pickles);
}

TEST(RasaModel, TakesLongNamesOfPaxAndGnu) {
  const std::string name = "components/" + std::string(150, 'n') + ".json";
  const std::string extra = TarMember({"pax", PaxRecord("path", name) + PaxRecord("mtime", "1.5"), 'x'}) +
                            TarMember({"short", "{}"}) + TarMember({"././@LongLink", name + "2", 'L'}) +
                            TarMember({"short", "{}"});
  const auto model = InspectRasaModel(ChunksOf(RasaArchive(extra)));
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->files, 4u);
}

TEST(RasaModel, TakesSizesThatPaxOverrides) {
  const std::string extra = TarMember({"pax", PaxRecord("size", "5"), 'x'}) +
                            TarHeaderOf({"x", "", '0', "00000000001"}) + "12345" + std::string(507, '\0');
  EXPECT_TRUE(InspectRasaModel(ChunksOf(RasaArchive(extra))).ok());
}

TEST(RasaModel, IgnoresOwnersModesAndPaddingOfTheRecord) {
  std::string member = TarHeaderOf({"setuid", ""});
  const std::string bytes = Gzip(TarMember({"metadata.json", RasaMetadata()}) + member + std::string(20 * 512, '\0'));
  EXPECT_TRUE(InspectRasaModel(ChunksOf(bytes)).ok());
}

TEST(RasaModel, IsReadFromAFileInPieces) {
  const std::string path = testing::TempDir() + "/archive-" + std::to_string(::getpid()) + ".tar.gz";
  std::string noise;
  for (uint32_t i = 1, x = 7; i < 300'000; ++i, x = x * 1664525 + 1013904223) noise += static_cast<char>(x >> 24);
  ASSERT_TRUE(WriteFileDurably(path, RasaArchive(TarMember({"weights.bin", noise}))).ok());
  const auto model = InspectRasaModel(path);
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_GT(model->unpacked, 300'000u);
  ASSERT_TRUE(RemoveFile(path).ok());
  EXPECT_EQ(InspectRasaModel(path).error().reason, "file_missing");
  EXPECT_EQ(InspectRasaModel(testing::TempDir()).error().reason, "not_a_file");
}

// Archives that Rasa wrote lie outside the project, beside the corpora (tests/process/golden_test.cc).
TEST(GenuineArchives, AreTaken) {
  const char* corpora = std::getenv("GREENROOM_CORPORA");
  if (!corpora) GTEST_SKIP() << "GREENROOM_CORPORA names no folder";
  const std::string folder = std::string(corpora) + "/../golden/archive/";
  size_t taken = 0;
  const auto files = ListFiles(folder);
  ASSERT_TRUE(files.ok());
  for (const std::string& file : *files) {
    if (!file.ends_with(".tar.gz")) continue;
    const auto model = InspectRasaModel(folder + file);
    ASSERT_TRUE(model.ok()) << file << ": " << model.error().message;
    EXPECT_EQ(model->rasa_version, "3.6.21");
    ++taken;
  }
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace greenroom
