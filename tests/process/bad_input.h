// The table of bad inputs (tests/bad-inputs.tsv) and the small language its inputs are written in.
//
// A row has five columns: surface, id, target (a file name, a path or `-`), input, expected answer. An input is a sum
// of terms joined by ` + `:
//
//   "text"         with the escapes \n \r \t \0 \" \\ and \xHH
//   1000*"[["      repeated
//   stairs(120)    lines of `a:`, each one space deeper than the one before
//   aliases(9,9)   a list of one, then nine levels, each a list of nine aliases of the level before
//   numbered(101)  header lines `h1: 1` and so on
//   chunks(40)     chunks of a chunked body, 32 KiB each
//
// A malformed table fails the test that reads it. Thread rules: pure functions.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace greenroom {

struct BadInput {
  std::string surface;
  std::string id;
  std::string target;
  std::string input;  // as written; MakeInput gives the bytes
  std::string expected;
};

inline void PrintTo(const BadInput& row, std::ostream* out) { *out << row.surface << " " << row.id; }

inline std::vector<std::string> SplitAt(std::string_view text, std::string_view mark) {
  std::vector<std::string> pieces;
  for (size_t found = text.find(mark); found != std::string_view::npos; found = text.find(mark)) {
    pieces.emplace_back(text.substr(0, found));
    text.remove_prefix(found + mark.size());
  }
  pieces.emplace_back(text);
  return pieces;
}

// The rows of one surface. Lines that begin with `#` are comments; rows without five columns fail the test.
inline std::vector<BadInput> ReadBadInputs(std::string_view surface) {
  const auto table = ReadFile(std::string(GREENROOM_SOURCE_DIR) + "/tests/bad-inputs.tsv");
  std::vector<BadInput> rows;
  if (!table.ok()) return rows;
  for (const std::string& line : SplitAt(*table, "\n")) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<std::string> columns = SplitAt(line, "\t");
    if (columns.size() != 5) ADD_FAILURE() << "five columns are needed: " << line;
    if (columns.size() != 5 || columns[0] != surface) continue;
    rows.push_back({columns[0], columns[1], columns[2], columns[3], columns[4]});
  }
  return rows;
}

// The value of a text in quotes, without the quotes.
inline std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char mark = text[++i];
    if (mark == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += mark == 'n' ? '\n' : mark == 'r' ? '\r' : mark == 't' ? '\t' : mark == '0' ? '\0' : mark;
    }
  }
  return out;
}

inline std::string Stairs(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  return out;
}

inline std::string Aliases(int levels, int width) {
  std::string out = "a0: &a0 [x]\n";
  for (int level = 1; level <= levels; ++level) {
    const std::string name = "a" + std::to_string(level);
    out += name + ": &" + name + " [";
    for (int i = 0; i < width; ++i) out += (i ? ", *a" : "*a") + std::to_string(level - 1);
    out += "]\n";
  }
  return out;
}

inline std::string Numbered(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) out += "h" + std::to_string(i) + ": 1\r\n";
  return out;
}

inline std::string Chunks(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  return out;
}

inline std::string MakeTerm(const std::string& term) {
  if (term.ends_with(')')) {
    const size_t open = term.find('(');
    const std::string name = term.substr(0, open);
    const int first = std::stoi(term.substr(open + 1));
    if (name == "stairs") return Stairs(first);
    if (name == "chunks") return Chunks(first);
    if (name == "numbered") return Numbered(first);
    if (name == "aliases") return Aliases(first, std::stoi(term.substr(term.find(',') + 1)));
  }
  const size_t quote = term.find('"');
  if (quote == std::string::npos || !term.ends_with('"') || term.size() == quote + 1) {
    ADD_FAILURE() << "no such term: " << term;
    return "";
  }
  const std::string unit = Unescape(std::string_view(term).substr(quote + 1, term.size() - quote - 2));
  const int count = quote == 0 ? 1 : std::stoi(term);
  std::string out;
  for (int i = 0; i < count; ++i) out += unit;
  return out;
}

// The bytes that an input stands for.
inline std::string MakeInput(const std::string& input) {
  std::string out;
  for (const std::string& term : SplitAt(input, " + ")) out += MakeTerm(term);
  return out;
}

// GoogleTest takes letters, digits and underscores in names of parameters.
inline std::string RowName(const testing::TestParamInfo<BadInput>& row) { return row.param.id; }

}  // namespace greenroom
