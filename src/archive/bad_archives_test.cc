// Every hostile or broken archive that we know of, and the reason it is refused with.
#include <gtest/gtest.h>

#include <functional>

#include "archive/archive_fixture.h"
#include "archive/rasa_model.h"

namespace greenroom {
namespace {

struct BadArchive {
  const char* name;
  std::function<std::string()> bytes;
  const char* reason;
};
void PrintTo(const BadArchive& row, std::ostream* out) { *out << row.name; }

// A sound archive with the given bytes between its members.
std::function<std::string()> With(std::string extra) {
  return [extra] { return RasaArchive(extra); };
}
std::function<std::string()> WithMember(TestMember member) { return With(TarMember(member)); }
std::function<std::string()> Plain(std::string bytes) {
  return [bytes] { return bytes; };
}

std::string Pax(const std::string& records, char type = 'x') { return TarMember({"pax", records, type}); }

std::string ManyMembers() {
  std::string bytes;
  for (int i = 0; i < 10'001; ++i) bytes += TarMember({"m" + std::to_string(i)});
  return bytes;
}

std::string BrokenSum() {
  std::string member = TarMember({"broken.json", "{}"});
  member[0] = 'x';
  return member;
}

std::string Metadata(const std::string& text) { return Gzip(TarMember({"metadata.json", text}) + TarEnd()); }

std::string Layers(int count) {
  std::string bytes = RasaArchive();
  for (int i = 0; i < count; ++i) bytes = Gzip(bytes);
  return bytes;
}

std::string WithGarbageAfterTheEnd() {
  return Gzip(TarMember({"metadata.json", RasaMetadata()}) + TarEnd() + std::string(1u << 20, 'g'));
}

std::string Base256(uint64_t value, char first) {
  std::string field(12, '\0');
  for (int i = 11; i > 3; --i, value >>= 8) field[static_cast<size_t>(i)] = static_cast<char>(value & 0xff);
  field[0] = first;
  return field;
}

const std::string kNegative = Base256(~uint64_t{9}, '\xff');

const BadArchive kRows[] = {
    {"nothing", Plain(""), "model_not_an_archive"},
    {"noise", Plain(std::string(1u << 20, 'n')), "model_not_an_archive"},
    {"gzip_head_only", Plain(std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10)), "model_truncated"},
    {"zip", Plain("PK\x03\x04" + std::string(100, '\0')), "model_not_an_archive"},
    {"tar_without_gzip", Plain(TarMember({"metadata.json", "{}"}) + TarEnd()), "model_not_an_archive"},
    {"gzip_of_text", [] { return Gzip("this is no archive at all"); }, "model_truncated"},
    {"gzip_in_gzip", [] { return Layers(1); }, "bad_header model_truncated"},
    {"ten_layers_of_gzip", [] { return Layers(10); }, "bad_header model_truncated"},
    {"dot_dot", WithMember({"../evil"}), "bad_member_path"},
    {"dot_dot_inside", WithMember({"a/../../evil"}), "bad_member_path"},
    {"absolute", WithMember({"/etc/passwd"}), "bad_member_path"},
    {"absolute_folder", WithMember({"//", "", '5'}), "bad_member_path"},
    {"file_named_slash", WithMember({"", "x"}), "bad_member_path"},
    {"backslash", WithMember({"..\\evil"}), "bad_member_path"},
    {"drive", WithMember({"C:/x"}), "bad_member_path"},
    {"empty_part", WithMember({"a//b"}), "bad_member_path"},
    {"dot_part", WithMember({"a/./b"}), "bad_member_path"},
    {"line_break", WithMember({"a\nb"}), "bad_member_path"},
    {"invalid_utf8", WithMember({"a\xff"}), "bad_member_path"},
    {"nul_in_pax_path", With(Pax(PaxRecord("path", std::string("a\0b", 3))) + TarMember({"a"})), "bad_member_path"},
    {"twice", WithMember({"./metadata.json", "{}"}), "duplicate_member"},
    {"twice_by_case", WithMember({"METADATA.json", "{}"}), "duplicate_member"},
    {"twice_by_normal_form", With(TarMember({"caf\xc3\xa9"}) + TarMember({"cafe\xcc\x81"})), "duplicate_member"},
    {"long_name_by_pax", With(Pax(PaxRecord("path", std::string(5000, 'n'))) + TarMember({"n"})),
     "member_name_too_long"},
    {"long_name_by_gnu", With(TarMember({"././@LongLink", std::string(5000, 'n'), 'L'}) + TarMember({"n"})),
     "member_name_too_long"},
    {"pax_path_leaves", With(Pax(PaxRecord("path", "../evil")) + TarMember({"good"})), "bad_member_path"},
    {"gnu_name_leaves", With(TarMember({"././@LongLink", "../evil", 'L'}) + TarMember({"good"})), "bad_member_path"},
    {"hard_link", WithMember({"link", "", '1'}), "member_type_not_allowed"},
    {"symbolic_link", WithMember({"link", "", '2'}), "member_type_not_allowed"},
    {"character_device", WithMember({"device", "", '3'}), "member_type_not_allowed"},
    {"block_device", WithMember({"device", "", '4'}), "member_type_not_allowed"},
    {"pipe", WithMember({"pipe", "", '6'}), "member_type_not_allowed"},
    {"contiguous", WithMember({"file", "", '7'}), "member_type_not_allowed"},
    {"long_link_name", WithMember({"link", "x", 'K'}), "member_type_not_allowed"},
    {"sparse", WithMember({"file", "", 'S', Base256(1ull << 40, '\x80')}), "member_type_not_allowed"},
    {"sparse_by_pax", With(Pax(PaxRecord("GNU.sparse.realsize", "1099511627776")) + TarMember({"x"})),
     "member_type_not_allowed"},
    {"unknown_type", WithMember({"file", "", 'Z'}), "member_type_not_allowed"},
    {"size_beyond_the_end", WithMember({"file", "0123456789", '0', "77777777777"}), "model_truncated"},
    {"size_negative", WithMember({"file", "", '0', kNegative}), "bad_header"},
    {"size_not_octal", WithMember({"file", "", '0', "0000000009a"}), "bad_header"},
    {"folder_with_content", WithMember({"folder", "x", '5'}), "bad_header"},
    {"broken_checksum", [] { return RasaArchive(BrokenSum()); }, "bad_header"},
    {"too_many_members", [] { return RasaArchive(ManyMembers()); }, "too_many_members"},
    {"huge_pax_header", With(Pax(std::string(10u << 20, ' '))), "bad_header compression_ratio"},
    {"malformed_pax", With(Pax("12 path")), "bad_header"},
    {"pax_record_too_long", With(Pax("99 path=a\n")), "bad_header"},
    {"pax_size_not_decimal", With(Pax(PaxRecord("size", "0x10")) + TarMember({"x"})), "bad_header"},
    {"pax_size_beyond_the_end", With(Pax(PaxRecord("size", "10000000")) + TarMember({"x", "1"})), "model_truncated"},
    {"global_path", With(Pax(PaxRecord("path", "evil"), 'g')), "bad_header"},
    {"second_gzip_member", [] { return RasaArchive() + RasaArchive(); }, "trailing_data"},
    {"garbage_after_the_gzip", [] { return RasaArchive() + "garbage"; }, "trailing_data"},
    {"garbage_after_the_end_blocks", WithGarbageAfterTheEnd, "trailing_data"},
    {"no_end_blocks", [] { return Gzip(TarMember({"metadata.json", RasaMetadata()})); }, "model_truncated"},
    {"ratio_bomb", WithMember({"zeros", std::string(300u << 20, '\0')}), "compression_ratio"},
    {"no_metadata", [] { return Gzip(TarMember({"nlu/x.json", "{}"}) + TarEnd()); }, "missing_metadata"},
    {"empty_archive", [] { return Gzip(TarEnd()); }, "missing_metadata"},
    {"metadata_deeper_than_allowed", [] { return Metadata(std::string(10'000, '[')); }, "bad_metadata"},
    {"metadata_no_json", [] { return Metadata("no json"); }, "bad_metadata"},
    {"metadata_a_list", [] { return Metadata("[]"); }, "bad_metadata"},
    {"metadata_without_version", [] { return Metadata("{}"); }, "bad_metadata"},
    {"metadata_without_time", [] { return Metadata(R"({"rasa_open_source_version": "3.6.2"})"); }, "bad_metadata"},
    {"trained_by_rasa_1", [] { return RasaArchive("", "1.10.2"); }, "incompatible_model"},
    {"trained_by_rasa_4", [] { return RasaArchive("", "4.0.0"); }, "incompatible_model"},
};

class BadArchives : public testing::TestWithParam<BadArchive> {};

TEST_P(BadArchives, AreRefusedWithOneClearReason) {
  const std::string bytes = GetParam().bytes();
  const auto model = InspectRasaModel(ChunksOf(bytes));
  ASSERT_FALSE(model.ok());
  const std::string allowed = std::string(" ") + GetParam().reason + " ";
  EXPECT_NE(allowed.find(" " + model.error().reason + " "), std::string::npos)
      << model.error().reason << ": " << model.error().message;
  EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Rows, BadArchives, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(CutArchive, IsRefusedWhereverItIsCut) {
  const std::string bytes = RasaArchive();
  for (size_t i = 0; i < 50; ++i) {
    const auto model = InspectRasaModel(ChunksOf(std::string_view(bytes).substr(0, i * bytes.size() / 50)));
    ASSERT_FALSE(model.ok()) << i;
    EXPECT_TRUE(model.error().reason == "model_truncated" || model.error().reason == "model_not_an_archive") << i;
  }
}

TEST(FlippedArchive, IsRefusedOrHasTheSameContent) {
  const std::string bytes = RasaArchive();
  const std::string wanted = DescribeRasaModel(*InspectRasaModel(ChunksOf(bytes))).Dump();
  for (size_t i = 0; i < 200; ++i) {
    std::string changed = bytes;
    changed[i * bytes.size() / 200] ^= static_cast<char>(1 << i % 8);
    const auto model = InspectRasaModel(ChunksOf(changed));
    EXPECT_EQ(model.ok() ? DescribeRasaModel(*model).Dump() : wanted, wanted) << i;
  }
}

// Counters hold while it is unpacked: a bomb costs neither memory nor disk.
TEST(UnpackedLimit, HoldsForWhatComesOutNotForWhatHeadersSay) {
  ArchiveLimits limits;
  limits.unpacked = 1u << 20;
  limits.ratio = 2000;
  const std::string bytes = RasaArchive(TarMember({"zeros", std::string(2u << 20, '\0')}));
  const auto model = InspectRasaModel(ChunksOf(bytes), limits);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().reason, "model_too_large");
}

TEST(MemberLimit, IsExact) {
  ArchiveLimits limits;
  limits.members = 4;
  EXPECT_TRUE(InspectRasaModel(ChunksOf(RasaArchive()), limits).ok());
  limits.members = 3;
  EXPECT_EQ(InspectRasaModel(ChunksOf(RasaArchive()), limits).error().reason, "too_many_members");
}

TEST(PackedLimit, CountsTheFile) {
  ArchiveLimits limits;
  const std::string bytes = RasaArchive();
  limits.packed = bytes.size();
  EXPECT_TRUE(InspectRasaModel(ChunksOf(bytes), limits).ok());
  limits.packed = bytes.size() - 1;
  EXPECT_EQ(InspectRasaModel(ChunksOf(bytes), limits).error().reason, "model_too_large");
}

}  // namespace
}  // namespace greenroom
