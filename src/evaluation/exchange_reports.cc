#include "evaluation/exchange_reports.h"

#include "base/text.h"
#include "conversation/story_text.h"

namespace greenroom {
namespace {

std::string Escape(const std::string& text) {
  std::string safe = ReplaceAll(EscapeControls(text), "&", "&amp;");
  safe = ReplaceAll(ReplaceAll(safe, "<", "&lt;"), ">", "&gt;");
  return ReplaceAll(safe, "\"", "&quot;");
}

// What went wrong in a story, step by step.
std::string MistakesOf(const TestedStory& story) {
  std::string text;
  for (const auto& [place, comment] : story.comments) {
    const Event& event = story.events[place];
    const auto* action = event.As<ActionExecuted>();
    const auto* user = event.As<UserUttered>();
    std::string step = "message";
    if (action != nullptr) step = "action `" + action->action_text.value_or(action->name) + "`";
    if (user != nullptr) step = "message `" + user->text.value_or(user->parse.intent.name) + "`";
    text += (text.empty() ? "" : "; ") + step + ": " + comment;
  }
  return text;
}

std::string Case(const std::string& suite, const std::string& name, const std::string& failure) {
  std::string text = "    <testcase classname=\"" + suite + "\" name=\"" + Escape(name) + "\"";
  if (failure.empty()) return text + "/>\n";
  return text + ">\n      <failure message=\"" + Escape(failure) + "\"/>\n    </testcase>\n";
}

std::string Suite(const std::string& name, size_t tests, size_t failures, const std::string& cases) {
  return "  <testsuite name=\"" + name + "\" tests=\"" + std::to_string(tests) + "\" failures=\"" +
         std::to_string(failures) + "\">\n" + cases + "  </testsuite>\n";
}

std::string StorySuite(const StoryEvaluation& evaluation) {
  std::string cases;
  for (const TestedStory& story : evaluation.stories)
    cases += Case("stories", story.name, story.failed ? MistakesOf(story) : "");
  return Suite("stories", evaluation.stories.size(), evaluation.failed(), cases);
}

std::string NluSuites(const NluEvaluation& evaluation) {
  std::string cases, suites;
  const auto add = [&](const std::string& kind, const Comparison& comparison) {
    cases.clear();
    for (const Json& right : comparison.successes.array()) cases += Case(kind, right["text"].AsString(), "");
    for (const Json& wrong : comparison.errors.array()) {
      Json found = wrong;
      found.Erase("text");
      cases += Case(kind, wrong["text"].AsString(), found.Dump());
    }
    const size_t failures = comparison.errors.size();
    suites += Suite(Escape(kind), failures + comparison.successes.size(), failures, cases);
  };
  if (evaluation.intents) add("intent", *evaluation.intents);
  for (const auto& [extractor, comparison] : evaluation.entities) add(extractor, comparison);
  if (evaluation.responses) add("response_selection", *evaluation.responses);
  return suites;
}

Json SarifResult(const char* rule, const char* level, const std::string& message, const SourceSpan& span) {
  Json region = Json::Object({{"startLine", std::max(1, span.line)}, {"startColumn", std::max(1, span.column)}});
  Json location = Json::Object({{"artifactLocation", Json::Object({{"uri", span.file}})}, {"region", region}});
  return Json::Object({{"ruleId", rule},
                       {"level", level},
                       {"message", Json::Object({{"text", message}})},
                       {"locations", Json::List({Json::Object({{"physicalLocation", location}})})}});
}

Json SarifRule(const char* id, const char* text) {
  return Json::Object({{"id", id}, {"shortDescription", Json::Object({{"text", text}})}});
}

}  // namespace

std::string JUnitText(const TestResults& results) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"greenroom test\">\n";
  if (results.stories != nullptr) text += StorySuite(*results.stories);
  if (results.nlu != nullptr) text += NluSuites(*results.nlu);
  return text + "</testsuites>\n";
}

std::string SarifText(const TestResults& results) {
  Json found = Json::List();
  if (results.stories != nullptr) {
    for (const TestedStory& story : results.stories->stories) {
      if (story.failed) found.Append(SarifResult("story-failed", "error", MistakesOf(story), story.span));
      if (story.warned) found.Append(SarifResult("unlikely-intent", "warning", MistakesOf(story), story.span));
    }
  }
  if (results.nlu != nullptr) {
    for (const Misunderstanding& one : results.nlu->misunderstandings)
      found.Append(SarifResult("message-misunderstood", "warning", one.what + ": " + one.message, one.span));
  }
  Json driver = Json::Object(
      {{"name", "greenroom test"},
       {"rules", Json::List({SarifRule("story-failed", "the model answers a story otherwise"),
                             SarifRule("unlikely-intent", "an intent was unexpected in a story"),
                             SarifRule("message-misunderstood", "a message is taken for something else")})}});
  Json run = Json::Object({{"tool", Json::Object({{"driver", driver}})}, {"results", found}});
  return Json::Object({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                       {"version", "2.1.0"},
                       {"runs", Json::List({run})}})
             .Pretty() +
         "\n";
}

}  // namespace greenroom
