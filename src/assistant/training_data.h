// Training data: NLU examples, synonyms, regexes, lookup tables, stories and rules as loaded from data files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/json.h"
#include "conversation/event.h"

namespace greenroom {

struct NluExample {
  std::string text;                   // without annotation
  std::string intent = {};            // base intent ("faq"); "" for end-to-end texts
  std::string response_key = {};      // full key of a retrieval intent ("faq/ask_x"); "" otherwise
  std::vector<Entity> entities = {};  // start, end, entity, value, role, group
  SourceSpan span = {};
};

struct Synonym {
  std::string text;
  std::string value;
  SourceSpan span = {};
};
struct RegexFeature {
  std::string name;
  std::string pattern;
  SourceSpan span = {};
};
struct LookupTable {
  std::string name;
  std::vector<std::string> elements;
  SourceSpan span = {};
};

struct NluData {
  std::vector<NluExample> examples;
  std::vector<Synonym> synonyms;  // from items and from annotations
  std::vector<RegexFeature> regexes;
  std::vector<LookupTable> lookups;
};

// One step of a story or rule. Exactly one kind; `or` steps are expanded by the loader into alternatives.
struct StoryStep {
  enum class Kind { kUser, kAction, kBotText, kSlot, kActiveLoop, kCheckpoint, kOr } kind = Kind::kAction;
  std::string name = {};                 // intent, action, slot, loop or checkpoint name
  std::optional<std::string> text = {};  // user text (end-to-end) or bot text
  std::vector<Entity> entities = {};     // of a user step (name, value, role, group); value null = bare name
  Json value = {};                       // of a slot step
  bool bare = false;                     // slot named without value
  bool loop_off = false;                 // active_loop: null
  std::vector<StoryStep> checkpoint_slots = {};
  std::vector<std::vector<StoryStep>> alternatives = {};  // of kOr
  SourceSpan span = {};
};

struct Story {
  std::string name;
  bool is_rule = false;
  std::vector<StoryStep> condition = {};  // of a rule: kSlot and kActiveLoop
  bool conversation_start = false;
  bool wait_for_user_input = true;
  std::vector<StoryStep> steps;
  Json metadata = {};
  SourceSpan span = {};
};

struct TrainingData {
  NluData nlu;
  std::vector<Story> stories;
  std::vector<Story> rules;
  std::vector<Story> test_stories;  // of files named test_*
};

}  // namespace greenroom
