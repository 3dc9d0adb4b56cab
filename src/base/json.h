// Json: the one value type for JSON in the whole product, with a strict bounded reader and a writer.
//
//   GR_ASSIGN(Json body, ParseJson(text, JsonLimits{}));
//   const Json* name = body.Find("name");            // nullptr when absent or body is no object
//   Json answer = Json::Object({{"status", "ok"}, {"count", 3}});
//   std::string text = answer.Dump();
//
// Objects keep insertion order and have unique keys. Integers that fit int64 or uint64 keep every digit; all other
// numbers are double. Dump() writes the shortest digits that read back, in Python's form (1.0, 1e-05, 1e+16), so that
// clients which compare text see what they saw before. Copying, destroying and dumping never recurse deeper than the
// depth limit of the reader (values built by our own code are shallow by construction).
//
// Thread rules: a plain value; concurrent const use is safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace greenroom {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Members = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<int64_t>(value)) {}
  Json(unsigned value) : value_(static_cast<int64_t>(value)) {}
  Json(int64_t value) : value_(value) {}
  Json(uint64_t value) : value_(static_cast<int64_t>(value)) {}
  Json(long long value) : value_(static_cast<int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array values) : value_(std::move(values)) {}

  // An integer of any size up to 2^64-1.
  static Json Unsigned(uint64_t value);
  static Json List() { return Json(Array{}); }
  static Json List(std::initializer_list<Json> values) { return Json(Array(values)); }
  static Json Object() {
    Json j;
    j.value_ = Members{};
    return j;
  }
  static Json Object(std::initializer_list<Member> members) {
    Json j;
    j.value_ = Members(members);
    return j;
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<int64_t>(value_); }
  // Above what int64 holds, up to 2^64-1: a number that is not is_int(); AsInt gives the fallback.
  bool is_big_int() const { return std::holds_alternative<uint64_t>(value_); }
  bool is_number() const { return is_int() || is_big_int() || std::holds_alternative<double>(value_); }
  // null, false, 0, "", [] and {}: what Python, and so whoever wrote an assistant for it, counts as false.
  bool is_falsy() const;
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Members>(value_); }

  // The value as asked for, or the fallback when it is of another kind.
  bool AsBool(bool fallback = false) const;
  int64_t AsInt(int64_t fallback = 0) const;   // doubles are truncated when they fit
  uint64_t AsUnsigned() const;                 // of integers that are not negative, else 0
  double AsDouble(double fallback = 0) const;  // integers are widened
  const std::string& AsString() const;         // "" when not a string

  const Array& array() const;      // empty when not an array
  const Members& members() const;  // empty when not an object
  Array& MutableArray();           // turns anything but an array into an empty array first
  Members& MutableMembers();       // turns anything but an object into an empty object first

  // Object access. Find returns nullptr when absent; operator[] returns a null Json when absent.
  const Json* Find(std::string_view key) const;
  Json* Find(std::string_view key);
  const Json& operator[](std::string_view key) const;
  // Sets or replaces a member, keeping its place; returns *this for chaining.
  Json& Set(std::string key, Json value);
  // Removes a member; returns whether it was there.
  bool Erase(std::string_view key);
  // Appends to an array (a null value becomes an array first).
  void Append(Json value);
  // Number of elements or members; 0 for scalars.
  size_t size() const;

  // Compact text: {"a":1,"b":[1.0,null]}. Non-ASCII is written as UTF-8.
  std::string Dump() const;
  void DumpTo(std::string& out) const;
  // Text with two-space indentation and a final line break absent.
  std::string Pretty() const;
  // Python's json.dumps(sort_keys=True) form: ", " and ": " separators, keys sorted, non-ASCII escaped.
  std::string DumpPythonSorted() const;

  // Deep equality; 1 equals 1.0, member order does not matter.
  friend bool operator==(const Json& a, const Json& b);

 private:
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Members> value_;
};

// Bounds for foreign JSON (defaults: request bodies). Exceeding one is an error with reason json_too_deep,
// json_too_many_nodes, json_too_large, json_duplicate_key, json_invalid_utf8, json_number_range or json_syntax.
struct JsonLimits {
  size_t bytes = 1u << 20;
  int depth = 64;
  size_t nodes = 100'000;
};

// Reads exactly one JSON document. Strict RFC 8259: no comments, no trailing commas, valid UTF-8, no lone surrogates,
// no duplicate keys, no NaN, no byte order mark. Integers beyond 64 bits and numbers beyond double are refused. The
// message says the byte offset where known.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// The shortest text of a double in Python's repr form.
std::string PythonFloat(double value);

}  // namespace greenroom
