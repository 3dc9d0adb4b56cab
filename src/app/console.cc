#include "app/console.h"

#include <unistd.h>

#include <iostream>

#include "base/environment.h"
#include "base/text.h"

namespace greenroom {
namespace {

std::string Cell(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.AsString();
  if (!value.is_array()) return value.Dump();
  std::vector<std::string> parts;
  for (const Json& item : value.array()) parts.push_back(Cell(item));
  return parts.empty() ? "-" : Join(parts, ", ");
}

}  // namespace

int ExitStatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kUnauthenticated:
      return kExitUnauthenticated;
    case ErrorCode::kPermissionDenied:
      return kExitForbidden;
    case ErrorCode::kNotFound:
      return kExitNotFound;
    case ErrorCode::kConflict:
    case ErrorCode::kAlreadyExists:
      return kExitConflict;
    case ErrorCode::kUnavailable:
      if (error.reason == "address_in_use") return kExitFailed;  // nobody was to be reached
      return kExitUnreachable;
    case ErrorCode::kDeadlineExceeded:
      return kExitUnreachable;
    case ErrorCode::kCancelled:
      return kExitCancelled;
    default:
      return kExitFailed;
  }
}

bool Console::ColourOn(int descriptor) const { return ColourWanted(colour, descriptor, ProcessEnvironment()); }

int Console::Fail(const Error& error) const {
  if (json) {
    std::cout << Json::Object(
                     {{"error",
                       Json::Object({{"reason", error.reason}, {"message", error.message}, {"help", error.help}})}})
                     .Dump()
              << "\n";
  }
  bool colour_on = ColourOn(STDERR_FILENO);
  std::cerr << (colour_on ? "\033[1;31merror\033[0m" : "error") << "[" << error.reason << "]: " << error.message
            << "\n";
  if (!error.help.empty()) std::cerr << "   = help: " << error.help << "\n";
  return ExitStatusOf(error);
}

void Console::Note(const std::string& text) const { std::cerr << text << "\n"; }
void Console::Print(const std::string& text) const { std::cout << text << std::endl; }

void Console::PrintRows(const Json& rows, const std::vector<std::string>& members) const {
  if (json) return Print(rows.Dump());
  std::vector<std::string> headers;
  for (const std::string& member : members) {
    std::string header = ReplaceAll(member, "_", " ");
    for (char& c : header) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    headers.push_back(header);
  }
  std::vector<std::vector<std::string>> cells;
  for (const Json& row : rows.array()) {
    std::vector<std::string>& line = cells.emplace_back();
    for (const std::string& member : members) line.push_back(Cell(row[member]));
  }
  std::cout << RenderTable(headers, cells, ColourOn(STDOUT_FILENO) ? TableStyle::kColour : TableStyle::kPlain)
            << std::flush;
}

void Console::PrintObject(const Json& object) const {
  if (json) return Print(object.Dump());
  std::vector<std::vector<std::string>> cells;
  for (const auto& [key, value] : object.members()) cells.push_back({key, Cell(value)});
  std::cout << RenderTable({"KEY", "VALUE"}, cells, ColourOn(STDOUT_FILENO) ? TableStyle::kColour : TableStyle::kPlain)
            << std::flush;
}

void Console::PrintDiagnostics(const Diagnostics& diagnostics, const SourceTexts& texts, size_t limit) const {
  if (json) return Print(Json::Object({{"diagnostics", ToJson(diagnostics)}}).Dump());
  std::cerr << RenderText(diagnostics, texts, {.colour = ColourOn(STDERR_FILENO), .limit = limit});
}

Json WithTimes(const Console& console, Json rows, const char* member) {
  if (console.json) return rows;
  for (Json& row : rows.MutableArray()) {
    if (row[member].is_number()) row.Set(member, FormatIso8601(row[member].AsDouble()));
  }
  return rows;
}

}  // namespace greenroom
