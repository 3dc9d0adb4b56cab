#include "assistant/annotation.h"

#include <utility>

#include "base/text.h"

namespace greenroom {
namespace {

// The next place of one character at or after a position that only grows: every byte is looked at once.
class NextOf {
 public:
  NextOf(std::string_view text, char wanted) : text_(text), wanted_(wanted), at_(text.find(wanted)) {}
  size_t From(size_t position) {
    if (at_ != std::string_view::npos && at_ < position) at_ = text_.find(wanted_, position);
    return at_;
  }

 private:
  std::string_view text_;
  char wanted_;
  size_t at_;
};

class Annotation {
 public:
  explicit Annotation(std::string_view markup)
      : markup_(markup),
        bracket_(markup, ']'),
        parenthesis_(markup, ')'),
        brace_(markup, '}'),
        list_end_(markup, ']') {}

  AnnotatedText Parse() {
    size_t i = 0;
    while (i < markup_.size()) {
      size_t open = markup_.find('[', i);
      if (open == std::string_view::npos) open = markup_.size();
      AppendPlain(markup_.substr(i, open - i));
      if (open == markup_.size()) break;
      size_t end = ReadAt(open);
      if (end == 0) AppendPlain(markup_.substr(open, 1));
      i = end == 0 ? open + 1 : end;
    }
    return std::move(result_);
  }

 private:
  void AppendPlain(std::string_view text) {
    result_.text += text;
    length_ += static_cast<int>(CodePointCount(text));
  }

  // The end of the annotation that opens here, or 0 when there is none.
  size_t ReadAt(size_t open) {
    size_t close = bracket_.From(open + 1);
    if (close == std::string_view::npos || close == open + 1 || close + 1 >= markup_.size()) return 0;
    std::string_view text = markup_.substr(open + 1, close - open - 1);
    switch (markup_[close + 1]) {
      case '(':
        return ReadShort(text, close + 2);
      case '{':
        return ReadBraces(text, close + 1);
      case '[':
        return ReadList(text, close + 1);
      default:
        return 0;
    }
  }

  size_t ReadShort(std::string_view text, size_t begin) {
    size_t end = parenthesis_.From(begin);
    if (end == std::string_view::npos && std::exchange(reports_open_, false)) {
      Fail(begin - 1, 1, "the annotation of `" + std::string(text.substr(0, 60)) + "` is not closed (EntitySyntax)");
    }
    if (end == std::string_view::npos || end == begin) return 0;
    std::string_view inside = markup_.substr(begin, end - begin);
    size_t colon = inside.find(':');
    if (colon == 0 || colon == inside.size() - 1) return 0;
    std::string_view type = inside.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? text : inside.substr(colon + 1);
    Entity entity{.entity = std::string(type), .value = Json(value)};
    AddEntities(text, {std::move(entity)});
    return end + 1;
  }

  size_t ReadBraces(std::string_view text, size_t begin) {
    size_t end = brace_.From(begin + 1);
    if (end == std::string_view::npos || end == begin + 1) return 0;
    AddJson(text, begin, end + 1 - begin);
    return end + 1;
  }

  size_t ReadList(std::string_view text, size_t begin) {
    size_t end = list_end_.From(begin + 1);
    if (end == std::string_view::npos) return 0;
    AddJson(text, begin, end + 1 - begin);
    return end + 1;
  }

  void AddJson(std::string_view text, size_t begin, size_t size) {
    Result<Json> json = ParseJson(markup_.substr(begin, size));
    std::vector<Entity> entities;
    if (!json.ok()) {
      Fail(begin, size, "the annotation is not valid JSON: " + json.error().message);
    } else if (json->is_array()) {
      for (const Json& item : json->array()) ReadObject(item, text, begin, size, entities);
    } else {
      ReadObject(*json, text, begin, size, entities);
    }
    AddEntities(text, std::move(entities));
  }

  void ReadObject(const Json& json, std::string_view text, size_t begin, size_t size, std::vector<Entity>& entities) {
    if (!json["entity"].is_string() || json["entity"].AsString().empty()) {
      return Fail(begin, size, "the annotation names no `entity`");
    }
    for (const auto& [key, value] : json.members()) {
      if (key != "entity" && key != "value" && key != "role" && key != "group") {
        return Fail(begin, size,
                    "unknown key `" + key + "` in the annotation (allowed: `entity`, `value`, `role`, `group`)");
      }
    }
    const Json* value = json.Find("value");
    entities.push_back({.entity = json["entity"].AsString(),
                        .value = value && !value->is_null() ? *value : Json(text),
                        .role = json["role"].AsString(),
                        .group = json["group"].AsString()});
  }

  void AddEntities(std::string_view text, std::vector<Entity> entities) {
    int start = length_;
    AppendPlain(text);
    for (Entity& entity : entities) {
      entity.start = start;
      entity.end = length_;
      result_.entities.push_back(std::move(entity));
    }
  }

  void Fail(size_t byte, size_t bytes, std::string message) {
    result_.problems.push_back({byte, bytes, std::move(message)});
  }

  std::string_view markup_;
  NextOf bracket_, parenthesis_, brace_, list_end_;
  int length_ = 0;
  bool reports_open_ = true;  // one report of an annotation that is not closed is enough
  AnnotatedText result_;
};

}  // namespace

AnnotatedText ParseAnnotation(std::string_view markup) { return Annotation(markup).Parse(); }

}  // namespace greenroom
