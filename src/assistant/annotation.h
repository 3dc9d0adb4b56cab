// The bracket markup of training texts: `[x](type)`, `[x](type:value)`, `[x]{"entity": "type", "role": "r"}` and
// `[x][{"entity": "a"}, {"entity": "b"}]`. Read left to right; whatever does not fit the form stays plain text.
//
//   AnnotatedText read = ParseAnnotation("to [LA](city:Los Angeles)");
//   read.text == "to LA"; read.entities[0].value == "Los Angeles"; read.entities[0].start == 3
//
// Offsets of entities are code points in the plain text. Time is linear in the length of the text.
// Thread rules: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conversation/event.h"

namespace greenroom {

struct AnnotationProblem {
  size_t byte = 0;  // where in the markup
  size_t bytes = 1;
  std::string message;
};

struct AnnotatedText {
  std::string text;
  std::vector<Entity> entities = {};
  std::vector<AnnotationProblem> problems =
      {};  // broken JSON, `entity` missing, not closed; the text is kept, the entity is not
};

AnnotatedText ParseAnnotation(std::string_view markup);

}  // namespace greenroom
