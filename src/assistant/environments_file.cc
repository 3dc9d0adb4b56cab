#include "assistant/environments_file.h"

#include <algorithm>
#include <map>

#include "base/files.h"
#include "base/server_url.h"
#include "base/text.h"
#include "base/yaml_scalar.h"

namespace greenroom {
namespace {

constexpr size_t kLargestFile = 1u << 20;
constexpr size_t kLongestGuessable = 8;
constexpr size_t kShort = 16;

bool IsPlaceholder(std::string_view token) {
  static constexpr std::string_view kWords[] = {"changeme",  "change-me",  "change_me", "password",
                                                "yourtoken", "your-token", "xxxxxxxxx", "secrettoken"};
  return std::find(std::begin(kWords), std::end(kWords), LowerCase(token)) != std::end(kWords);
}

class FileReader {
 public:
  FileReader(const EnvironmentsFileRules& rules, Report& report) : rules_(rules), report_(report) {}

  EnvironmentsFile Read(const YamlNode& root) {
    if (!report_.Expect(root, YamlKind::kMapping, {"E010", "the environments file"})) return {};
    report_.CheckKeys(root, {"rasa"}, {"E012", "the environments file"}, Severity::kError);
    const YamlNode* all = root.Find("rasa");
    if (!all) {
      report_.Error({"E011", "the key `rasa` is missing (MissingKey)", root.span, "",
                     "write `rasa:` with one entry for each environment, or `rasa: {}`"});
      return {};
    }
    if (all->is_null() || !report_.Expect(*all, YamlKind::kMapping, {"E011", "`rasa`"})) return {};
    for (size_t i = 0; i < all->keys.size(); ++i) ReadEntry(all->keys[i], all->items[i]);
    return std::move(file_);
  }

 private:
  void ReadEntry(const YamlNode& key, const YamlNode& value) {
    CheckName(key);
    EnvironmentEntry entry{.name = key.text, .span = key.span};
    if (!value.is_null()) {
      if (!report_.Expect(value, YamlKind::kMapping, {"E013", "an environment"})) return;
      report_.CheckKeys(value, {"url", "token"}, {"E012", "an environment"}, Severity::kError);
      if (const YamlNode* url = value.Find("url")) entry.url = ReadUrl(*url);
      if (const YamlNode* token = value.Find("token")) entry.token = ReadToken(*token);
      CheckTogether(entry, value);
    }
    file_.entries.push_back(std::move(entry));
  }

  void CheckName(const YamlNode& key) {
    auto [first, is_new] = lower_names_.emplace(LowerCase(key.text), key.span);
    if (!is_new) {
      report_.Duplicate(Severity::kError,
                        {"E015", "two names differ only in their case (NameCollision)", key.span, "",
                         "rename one of them: each is the name of a tag too"},
                        first->second);
      return;
    }
    if (!rules_.check_name) return;
    if (Result<void> checked = rules_.check_name(key.text); !checked) {
      report_.Error({"E014", checked.error().message + " (InvalidName)", key.span, "", checked.error().help});
    }
  }

  // The text with its variables replaced. nullopt: a diagnostic was added.
  std::optional<std::string> ReadText(const YamlNode& node, const std::string& what) {
    if (node.is_null()) return "";
    auto text = report_.Text(node, {"E013", what}, true);
    if (!text || text->find("${") == std::string::npos) return text;
    if (!rules_.variables) {
      report_.Error({"E021", what + " holds a variable, which is replaced only in files of the server", node.span, "",
                     "write the value itself"});
      return std::nullopt;
    }
    Expansion expansion = ExpandVariables(*text, rules_.variables);
    if (expansion.unset.empty()) return std::move(expansion.text);
    report_.Error({"Y010", "the environment variable `" + expansion.unset + "` is not set (UnsetVariable)", node.span,
                   "", "set it before starting, or write the value here"});
    return std::nullopt;
  }

  std::string ReadUrl(const YamlNode& node) {
    std::optional<std::string> url = ReadText(node, "`url`");
    if (!url) return "";
    if (url->ends_with('/') && !url->ends_with("//")) url->pop_back();
    if (url->empty()) {
      report_.Error({"E016", "`url` is empty (BadUrl)", node.span, "",
                     "write the server's address, or leave the key out for an embedded environment"});
      return "";
    }
    if (Result<void> checked = CheckServerUrl(*url); !checked) {
      report_.Error({"E016", checked.error().message + " (BadUrl)", node.span, "", checked.error().help});
    }
    return std::move(*url);
  }

  std::string ReadToken(const YamlNode& node) {
    std::optional<std::string> token = ReadText(node, "`token`");
    if (!token) return "";
    std::string trimmed(Trim(*token));
    if (trimmed != *token)
      report_.Warn({"E018", "white space around the token was left out", node.span, "", "remove it"});
    CheckStrength(trimmed, node.span);
    return trimmed;
  }

  void CheckStrength(const std::string& token, const SourceSpan& span) {
    bool printable = std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (!printable) {
      report_.Error({"E017", "the token holds characters that cannot be sent (BadToken)", span, "",
                     "use visible ASCII characters"});
    } else if (token.size() <= kLongestGuessable || IsPlaceholder(token)) {
      report_.Error({"E017", "the token is empty or easy to guess (TokenTooWeak)", span, "",
                     "make one with `openssl rand -hex 32`, or leave the key out when the server wants none"});
    } else if (token.size() < kShort) {
      report_.Warn({"E019", "the token is short", span, "", "make one with `openssl rand -hex 32`"});
    }
  }

  void CheckTogether(const EnvironmentEntry& entry, const YamlNode& value) {
    const YamlNode* token = value.Find("token");
    if (!value.Find("url") && token)
      report_.Warn({"E020", "the token is not used: without `url` the environment is embedded", token->span});
    if (value.Find("url") && !token)
      report_.Note({"E022", "environment `" + entry.name + "` has no token: its server must not ask for one",
                    entry.span, "", "start that server with --auth-token and write the token here"});
  }

  const EnvironmentsFileRules& rules_;
  Report& report_;
  EnvironmentsFile file_;
  std::map<std::string, SourceSpan> lower_names_;
};

// Names and addresses are plain text; anything else is quoted, so that the written file reads back.
std::string Scalar(const std::string& text) {
  bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.' || c == '/' || c == ':' || c == '[' || c == ']';
  });
  bool letter = plain && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  return letter && KindOfPlainScalar(text) == YamlKind::kString ? text : "'" + ReplaceAll(text, "'", "''") + "'";
}

}  // namespace

EnvironmentsFile ReadEnvironmentsFile(const YamlText& source, const EnvironmentsFileRules& rules,
                                      Diagnostics& diagnostics) {
  // Read without variables: the reader of YAML leaves quoted texts alone, and this file expands them too.
  auto root = ReadYaml(source, {}, diagnostics, {.bytes = kLargestFile});
  if (!root) return {};
  Report report(diagnostics);
  return FileReader(rules, report).Read(*root);
}

std::string ListProblems(const Diagnostics& diagnostics) {
  static constexpr const char* kNames[] = {"error", "warning", "note"};
  std::string out;
  for (const Diagnostic& problem : diagnostics.items()) {
    std::string line = problem.span.file + ":";
    if (problem.span.line > 0)
      line += std::to_string(problem.span.line) + ":" + std::to_string(problem.span.column) + ":";
    line +=
        std::string(" ") + kNames[static_cast<size_t>(problem.severity)] + "[" + problem.code + "]: " + problem.message;
    if (problem.related.line > 0) line += " (first time in line " + std::to_string(problem.related.line) + ")";
    if (!problem.help.empty()) line += " - " + problem.help;
    out += (out.empty() ? "" : "\n") + EscapeControls(line);
  }
  return out;
}

Result<EnvironmentsFile> LoadEnvironmentsFile(const std::string& path, const EnvironmentsFileRules& rules) {
  GR_ASSIGN(std::string text, ReadFile(path, kLargestFile));
  Diagnostics diagnostics;
  EnvironmentsFile file = ReadEnvironmentsFile(
      {.file = path, .text = std::make_shared<const std::string>(std::move(text))}, rules, diagnostics);
  if (!diagnostics.has_errors()) return file;
  return Error{ErrorCode::kInvalidArgument, "environments_file_invalid", ListProblems(diagnostics),
               "nothing of the file was taken over"};
}

std::string WriteEnvironmentsFile(const EnvironmentsFile& file, const std::string& shown_token) {
  if (file.entries.empty()) return "rasa: {}\n";
  std::string out = "rasa:\n";
  for (const EnvironmentEntry& entry : file.entries) {
    bool embedded = entry.url.empty() && entry.token.empty();
    out += "  " + Scalar(entry.name) + (embedded ? ": {}\n" : ":\n");
    if (!entry.url.empty()) out += "    url: " + Scalar(entry.url) + "\n";
    if (!entry.token.empty()) out += "    token: " + Scalar(shown_token) + "\n";
  }
  return out;
}

}  // namespace greenroom
