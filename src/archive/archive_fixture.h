// Writes tar and gzip files of every sort for tests: sound ones and broken ones. Thread rules: pure functions.
#pragma once

#include <zlib.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace greenroom {

struct TestMember {
  std::string name;
  std::string content = {};
  char type = '0';
  std::string size = {};  // the size field as it stands, when not that of the content
};

inline std::string Octal(uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

// The header of a member in ustar form; names beyond 100 bytes are cut.
inline std::string TarHeaderOf(const TestMember& member) {
  std::string block(512, '\0');
  auto put = [&](size_t offset, std::string_view text) { block.replace(offset, text.size(), text); };
  put(0, std::string_view(member.name).substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, member.size.empty() ? Octal(member.content.size(), 11) : member.size);
  put(136, "00000000000");
  put(148, "        ");
  block[156] = member.type;
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (char c : block) sum += static_cast<unsigned char>(c);
  put(148, Octal(sum, 6) + std::string("\0 ", 2));
  return block;
}

inline std::string TarMember(const TestMember& member) {
  std::string bytes = TarHeaderOf(member) + member.content;
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

inline std::string TarEnd() { return std::string(1024, '\0'); }

// One pax record: its length counts itself.
inline std::string PaxRecord(const std::string& key, const std::string& value) {
  std::string rest = " " + key + "=" + value + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

inline std::string Gzip(std::string_view bytes, int level = 6) {
  z_stream stream{};
  ::deflateInit2(&stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

inline std::string RasaMetadata(const std::string& version = "3.6.21") {
  return R"({"domain": {"intents": ["greet", {"bye": {"use_entities": []}}], "slots": {"name": {"type": "text"}}},
    "trained_at": "2026-11-23T20:45:19.500000", "model_id": "abc", "assistant_id": "hotel",
    "rasa_open_source_version": ")" +
         version + R"(", "training_type": 3, "project_fingerprint": null, "language": "en"})";
}

// A model as Rasa 3.x packs it: its first member is the folder itself, named `/`.
inline std::string RasaArchive(const std::string& extra = "", const std::string& version = "3.6.21") {
  return Gzip(TarMember({"/", "", '5'}) + TarMember({"components", "", '5'}) +
              TarMember({"components/train_x/x.json", "{\"a\": 1}"}) + extra +
              TarMember({"metadata.json", RasaMetadata(version)}) + TarEnd());
}

}  // namespace greenroom
