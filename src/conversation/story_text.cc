#include "conversation/story_text.h"

#include <algorithm>

#include "base/text.h"
#include "base/yaml_writer.h"

namespace greenroom {
namespace {

// One step of the list, at the column of steps.
std::string Step(const Json& step) {
  std::string out = "  - ";
  for (const char c : WriteYaml(step)) {
    out += c;
    if (c == '\n') out += "    ";
  }
  out.resize(out.size() - 4);
  return out;
}

// A block scalar keeps every text but trailing line breaks; a first space would be taken for indentation.
std::string UserLines(const std::string& text) {
  const bool needs_indicator = !text.empty() && (text.front() == ' ' || text.front() == '\n');
  std::string out = std::string("user: |") + (needs_indicator ? "2" : "") + "-\n      ";
  for (const char c : text) out += c == '\n' ? std::string("\n      ") : std::string(1, c);
  return out + "\n";
}

std::string UserStep(const UserUttered& user, bool use_text) {
  const Parse& parse = user.parse;
  const std::string& full = parse.intent_extra["full_retrieval_intent_name"].AsString();
  const std::string& intent = full.empty() ? parse.intent.name : full;
  std::string out = "  - ";
  if (!intent.empty() && !use_text) out += "intent: " + YamlScalar(intent) + "\n    ";
  return out + UserLines(MarkEntities(user.text.value_or(""), parse.entities));
}

std::string ActionStep(const ActionExecuted& action) {
  if (action.action_text) return Step(Json::Object({{"bot", *action.action_text}}));
  if (action.name == "action_listen" || action.name == "action_session_start") return "";
  return Step(Json::Object({{"action", action.name}}));
}

// Featurization and late entities follow the message that they are about.
struct MessageNotes {
  bool use_text = false;
  std::vector<Entity> entities = {};
};

MessageNotes NotesOf(const std::vector<const Event*>& events, size_t message) {
  MessageNotes notes;
  for (size_t i = message + 1; i < events.size() && events[i]->As<UserUttered>() == nullptr; ++i) {
    if (const auto* use = events[i]->As<UserFeaturization>()) notes.use_text = use->use_text.value_or(false);
    if (const auto* added = events[i]->As<EntitiesAdded>())
      notes.entities.insert(notes.entities.end(), added->entities.begin(), added->entities.end());
  }
  return notes;
}

std::string StepOf(const std::vector<const Event*>& events, size_t i) {
  const Event& event = *events[i];
  if (const auto* user = event.As<UserUttered>()) {
    MessageNotes notes = NotesOf(events, i);
    UserUttered noted = *user;
    noted.parse.entities.insert(noted.parse.entities.end(), notes.entities.begin(), notes.entities.end());
    return UserStep(noted, notes.use_text);
  }
  if (const auto* action = event.As<ActionExecuted>()) return ActionStep(*action);
  if (const auto* slot = event.As<SlotSet>())
    return Step(Json::Object({{"slot_was_set", Json::List({Json::Object({{slot->name, slot->value}})})}}));
  if (const auto* loop = event.As<ActiveLoop>())
    return Step(Json::Object({{"active_loop", loop->name ? Json(*loop->name) : Json()}}));
  return "";
}

std::string StoryOf(const Tracker& session, const std::string& name) {
  const std::vector<const Event*> events(session.applied().begin(), session.applied().end());
  std::string steps;
  for (size_t i = 0; i < events.size(); ++i) steps += StepOf(events, i);
  return "- story: " + YamlScalar(name) + "\n  steps:" + (steps.empty() ? " []\n" : "\n" + steps);
}

Json EntityFacts(const std::vector<Entity>& entities) {
  Json list = Json::List();
  for (const Entity& entity : entities) {
    Json facts = Json::Object({{entity.entity, entity.value}});
    if (!entity.role.empty()) facts.Set("role", entity.role);
    if (!entity.group.empty()) facts.Set("group", entity.group);
    list.Append(std::move(facts));
  }
  return list;
}

// A message of a test: what the story says of it.
std::string MessageStep(const UserUttered& user) {
  if (user.text) return UserStep(user, false);
  const std::string& full = user.parse.intent_extra["full_retrieval_intent_name"].AsString();
  Json step = Json::Object({{"intent", full.empty() ? user.parse.intent.name : full}});
  if (!user.parse.entities.empty()) step.Set("entities", EntityFacts(user.parse.entities));
  return Step(step);
}

std::string WithComment(std::string step, const std::string& comment) {
  std::string line = comment;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return step.insert(step.find('\n'), "  # " + EscapeControls(line));
}

}  // namespace

std::string MarkedEntity(const std::string& words, const Entity& entity) {
  const bool same_value = entity.value.is_string() && entity.value.AsString() == words;
  if (same_value && entity.role.empty() && entity.group.empty()) return "[" + words + "](" + entity.entity + ")";
  std::string facts = "\"entity\": " + Json(entity.entity).Dump();
  if (!entity.role.empty()) facts += ", \"role\": " + Json(entity.role).Dump();
  if (!entity.group.empty()) facts += ", \"group\": " + Json(entity.group).Dump();
  if (!same_value) facts += ", \"value\": " + entity.value.Dump();
  return "[" + words + "]{" + facts + "}";
}

std::string MarkEntities(const std::string& text, std::vector<Entity> entities) {
  // What a payload brings is written in it already.
  if (text.starts_with('/')) return text;
  std::stable_sort(entities.begin(), entities.end(),
                   [](const Entity& a, const Entity& b) { return a.start < b.start; });
  const std::u32string points = DecodeUtf8(text);
  std::string out;
  size_t at = 0;
  for (const Entity& entity : entities) {
    const size_t start = static_cast<size_t>(std::max(entity.start, 0)),
                 end = static_cast<size_t>(std::max(entity.end, 0));
    if (start < at || end <= start || end > points.size()) continue;
    out +=
        EncodeUtf8(points.substr(at, start - at)) + MarkedEntity(EncodeUtf8(points.substr(start, end - start)), entity);
    at = end;
  }
  return out + EncodeUtf8(points.substr(at));
}

std::string CommentedStory(const std::vector<Event>& events, const std::string& name,
                           const std::map<size_t, std::string>& comments) {
  std::vector<const Event*> places;
  for (const Event& event : events) places.push_back(&event);
  std::string steps;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto* user = events[i].As<UserUttered>();
    std::string step = user != nullptr ? MessageStep(*user) : StepOf(places, i);
    const auto comment = comments.find(i);
    if (comment != comments.end()) {
      const auto* action = events[i].As<ActionExecuted>();
      if (step.empty() && action != nullptr) step = Step(Json::Object({{"action", action->name}}));
      step = WithComment(std::move(step), comment->second);
    }
    steps += step;
  }
  return "- story: " + YamlScalar(name) + "\n  steps:" + (steps.empty() ? " []\n" : "\n" + steps);
}

std::string StoryText(const std::vector<const Tracker*>& sessions, const std::string& name) {
  std::string out = "version: \"3.1\"\n";
  if (sessions.empty()) return out;
  out += "stories:\n";
  for (size_t i = 0; i < sessions.size(); ++i) {
    const std::string number = sessions.size() > 1 ? ", story " + std::to_string(i + 1) : "";
    out += StoryOf(*sessions[i], name + number);
  }
  return out;
}

}  // namespace greenroom
