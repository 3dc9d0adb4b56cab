#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace greenroom {
namespace {

const Json kNull;
const std::string kEmptyString;
const Json::Array kEmptyArray;
const Json::Members kEmptyMembers;

bool SameNumber(const Json& a, const Json& b) {
  if (a.is_int() && b.is_int()) return a.AsInt() == b.AsInt();
  if (a.is_big_int() && b.is_big_int()) return a.AsUnsigned() == b.AsUnsigned();
  return a.AsDouble() == b.AsDouble();
}

bool SameMembers(const Json& a, const Json& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.members().begin(), a.members().end(), [&](const Json::Member& member) {
    const Json* other = b.Find(member.first);
    return other && *other == member.second;
  });
}

}  // namespace

Json Json::Unsigned(uint64_t value) {
  if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return static_cast<int64_t>(value);
  Json json;
  json.value_ = value;
  return json;
}

uint64_t Json::AsUnsigned() const {
  const uint64_t* value = std::get_if<uint64_t>(&value_);
  return value ? *value : static_cast<uint64_t>(std::max<int64_t>(0, AsInt()));
}

bool Json::is_falsy() const {
  if (is_string()) return AsString().empty();
  if (is_array() || is_object()) return size() == 0;
  return is_number() ? AsDouble() == 0 : !AsBool();
}

bool Json::AsBool(bool fallback) const {
  const bool* value = std::get_if<bool>(&value_);
  return value ? *value : fallback;
}

int64_t Json::AsInt(int64_t fallback) const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  const double* value = std::get_if<double>(&value_);
  if (!value || !(std::abs(*value) < 9.2e18)) return fallback;
  return static_cast<int64_t>(*value);
}

double Json::AsDouble(double fallback) const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const uint64_t* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  const double* value = std::get_if<double>(&value_);
  return value ? *value : fallback;
}

const std::string& Json::AsString() const {
  const std::string* value = std::get_if<std::string>(&value_);
  return value ? *value : kEmptyString;
}

const Json::Array& Json::array() const {
  const Array* value = std::get_if<Array>(&value_);
  return value ? *value : kEmptyArray;
}

const Json::Members& Json::members() const {
  const Members* value = std::get_if<Members>(&value_);
  return value ? *value : kEmptyMembers;
}

Json::Array& Json::MutableArray() {
  if (!is_array()) value_ = Array{};
  return std::get<Array>(value_);
}

Json::Members& Json::MutableMembers() {
  if (!is_object()) value_ = Members{};
  return std::get<Members>(value_);
}

const Json* Json::Find(std::string_view key) const {
  for (const Member& member : members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json* Json::Find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).Find(key)); }

const Json& Json::operator[](std::string_view key) const {
  const Json* found = Find(key);
  return found ? *found : kNull;
}

Json& Json::Set(std::string key, Json value) {
  if (Json* found = Find(key)) {
    *found = std::move(value);
  } else {
    MutableMembers().emplace_back(std::move(key), std::move(value));
  }
  return *this;
}

bool Json::Erase(std::string_view key) {
  if (!is_object()) return false;
  return std::erase_if(std::get<Members>(value_), [&](const Member& member) { return member.first == key; }) > 0;
}

void Json::Append(Json value) { MutableArray().push_back(std::move(value)); }

size_t Json::size() const { return is_array() ? array().size() : members().size(); }

bool operator==(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return SameNumber(a, b);
  if (a.value_.index() != b.value_.index()) return false;
  if (a.is_object()) return SameMembers(a, b);
  if (a.is_array()) return a.array() == b.array();
  if (a.is_string()) return a.AsString() == b.AsString();
  return a.is_null() || a.AsBool() == b.AsBool();
}

}  // namespace greenroom
