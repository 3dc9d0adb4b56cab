#include "dialogue/states.h"

#include <algorithm>

namespace greenroom {
namespace {

void AppendQuoted(std::string& out, std::string_view text) { out += Json(text).DumpPythonSorted(); }

std::string_view BaseIntent(std::string_view intent) { return intent.substr(0, intent.find('/')); }

void AddLabels(const Entity& entity, std::vector<std::string>& labels) {
  labels.push_back(entity.entity);
  if (!entity.role.empty()) labels.push_back(entity.entity + "#" + entity.role);
  if (!entity.group.empty()) labels.push_back(entity.entity + "#" + entity.group);
}

void AddLabelsOf(const EntityDef& entity, std::set<std::string, std::less<>>& labels) {
  labels.insert(entity.name);
  for (const std::string& role : entity.roles) labels.insert(entity.name + "#" + role);
  for (const std::string& group : entity.groups) labels.insert(entity.name + "#" + group);
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::set<std::string, std::less<>> WantedLabels(const Domain& domain, const IntentDef& intent) {
  std::set<std::string, std::less<>> labels;
  for (const EntityDef& entity : domain.entities) {
    // What an entity says of itself holds until the intent has both lists of its own.
    const bool ignored =
        intent.ignore_entities ? Contains(*intent.ignore_entities, entity.name) : !entity.influence_conversation;
    const bool used = intent.use_entities ? Contains(*intent.use_entities, entity.name) : entity.influence_conversation;
    if (used && !ignored) AddLabelsOf(entity, labels);
  }
  return labels;
}

}  // namespace

std::shared_ptr<const UserPart> UserPart::Make(std::string intent, std::string text,
                                               std::vector<std::string> entities) {
  if (intent.empty() && text.empty() && entities.empty()) return nullptr;
  auto part = std::make_shared<UserPart>();
  part->intent = std::move(intent);
  part->text = std::move(text);
  part->entities = std::move(entities);
  std::string& json = part->json;
  json = "{";
  auto separate = [&json] {
    if (json.size() > 1) json += ", ";
  };
  if (!part->entities.empty()) {
    json += "\"entities\": [";
    for (const std::string& label : part->entities) {
      if (&label != &part->entities.front()) json += ", ";
      AppendQuoted(json, label);
    }
    json += "]";
  }
  if (!part->intent.empty()) {
    separate();
    json += "\"intent\": ";
    AppendQuoted(json, part->intent);
  }
  if (!part->text.empty()) {
    separate();
    json += "\"text\": ";
    AppendQuoted(json, part->text);
  }
  json += "}";
  return part;
}

std::shared_ptr<const SlotPart> SlotPart::Make(std::vector<std::pair<std::string, std::string>> values) {
  if (values.empty()) return nullptr;
  auto part = std::make_shared<SlotPart>();
  part->values = std::move(values);
  part->json = "{";
  for (const auto& [name, features] : part->values) {
    if (part->json.size() > 1) part->json += ", ";
    AppendQuoted(part->json, name);
    part->json += ": " + features;
  }
  part->json += "}";
  return part;
}

const std::string* SlotPart::Find(std::string_view name) const {
  auto found = std::lower_bound(values.begin(), values.end(), name,
                                [](const auto& entry, std::string_view key) { return entry.first < key; });
  return found != values.end() && found->first == name ? &found->second : nullptr;
}

void DialogueState::AppendText(std::string& out) const {
  const size_t begin = out.size();
  auto open = [&](std::string_view key) {
    out += out.size() == begin ? "{\"" : ", \"";
    out += key;
    out += "\": ";
  };
  if (!loop.empty()) {
    open("active_loop");
    out += "{\"name\": ";
    AppendQuoted(out, loop);
    out += "}";
  }
  if (!previous_action.empty()) {
    open("prev_action");
    out += previous_is_text ? "{\"action_text\": " : "{\"action_name\": ";
    AppendQuoted(out, previous_action);
    out += "}";
  }
  if (slots) {
    open("slots");
    out += slots->json;
  }
  if (user) {
    open("user");
    out += user->json;
  }
  out += out.size() == begin ? "{}" : "}";
}

bool operator==(const DialogueState& a, const DialogueState& b) {
  auto same = [](const auto& x, const auto& y) { return x == y || (x && y && x->json == y->json); };
  return a.previous_action == b.previous_action && a.previous_is_text == b.previous_is_text && a.loop == b.loop &&
         same(a.user, b.user) && same(a.slots, b.slots);
}

std::string StatesText(std::span<const DialogueState> states) {
  std::string text = "[";
  for (const DialogueState& state : states) {
    if (&state != &states.front()) text += ", ";
    state.AppendText(text);
  }
  return text + "]";
}

StateEncoder::StateEncoder(const Domain& domain) : slots_(domain.slots) {
  std::sort(slots_.begin(), slots_.end(), [](const SlotDef& a, const SlotDef& b) { return a.name < b.name; });
  for (size_t i = 0; i < slots_.size(); ++i) initial_.push_back(SlotFeatures(i, slots_[i].initial_value));
  for (const IntentDef& intent : domain.intents) wanted_[intent.name] = WantedLabels(domain, intent);
}

int StateEncoder::FindSlot(std::string_view name) const {
  auto found = std::lower_bound(slots_.begin(), slots_.end(), name,
                                [](const SlotDef& slot, std::string_view key) { return slot.name < key; });
  return found != slots_.end() && found->name == name ? static_cast<int>(found - slots_.begin()) : -1;
}

bool StateEncoder::is_featurized(size_t index) const {
  return slots_[index].influence_conversation && slots_[index].type != SlotType::kAny;
}

bool StateEncoder::IsListSlot(std::string_view name) const {
  const int slot = FindSlot(name);
  return slot >= 0 && slots_[static_cast<size_t>(slot)].type == SlotType::kList;
}

std::vector<std::string> StateEncoder::EntityLabels(const std::string& intent,
                                                    const std::vector<Entity>& entities) const {
  std::vector<std::string> labels;
  for (const Entity& entity : entities) AddLabels(entity, labels);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  auto wanted = wanted_.find(intent);
  if (wanted != wanted_.end())
    std::erase_if(labels, [&](const std::string& label) { return !wanted->second.contains(label); });
  return labels;
}

StateFold::StateFold(const StateEncoder& encoder)
    : encoder_(&encoder), features_(encoder.initial_features()), explicit_(encoder.slot_count(), 0) {}

void StateFold::ResetSlots() {
  features_ = encoder_->initial_features();
  explicit_.assign(explicit_.size(), 0);
  stale_[0] = stale_[1] = true;
}

void StateFold::SetSlot(const SlotSet& event) {
  const int slot = encoder_->FindSlot(event.name);
  if (slot < 0) return;
  const size_t index = static_cast<size_t>(slot);
  features_[index] = encoder_->SlotFeatures(index, event.value);
  explicit_[index] = 1;
  stale_[0] = stale_[1] = true;
}

void StateFold::RebuildUser() {
  user_ = nullptr;
  if (!seen_message_) return;
  if (!text_.empty() && (use_text_ || intent_.empty())) {
    user_ = UserPart::Make({}, text_, use_text_ ? std::vector<std::string>{} : encoder_->EntityLabels({}, entities_));
    return;
  }
  user_ = UserPart::Make(intent_, {}, encoder_->EntityLabels(intent_, entities_));
}

void StateFold::TakeMessage(const UserUttered& message) {
  seen_message_ = true;
  intent_ = BaseIntent(message.parse.intent.name);
  text_ = message.text.value_or("");
  entities_ = message.parse.entities;
  has_followup_ = false;
  use_text_ = false;
  RebuildUser();
}

void StateFold::Apply(const Event& event) {
  if (const auto* action = event.As<ActionExecuted>()) {
    previous_is_text_ = action->name.empty() && action->action_text.has_value();
    previous_action_ = previous_is_text_ ? *action->action_text : action->name;
    has_followup_ = false;
  } else if (const auto* message = event.As<UserUttered>()) {
    TakeMessage(*message);
  } else if (const auto* slot = event.As<SlotSet>()) {
    SetSlot(*slot);
  } else if (const auto* loop = event.As<ActiveLoop>()) {
    loop_ = loop->name.value_or("");
    if (loop_ == kMustBeUnset) loop_ = kUnsetText;
  } else if (event.As<AllSlotsReset>() != nullptr) {
    ResetSlots();
  } else if (event.As<FollowupAction>() != nullptr) {
    has_followup_ = true;
  } else if (previous_is_text_ || previous_action_ != kActionListen) {
    return;  // what follows belongs to a message that was just said
  } else if (const auto* featurization = event.As<UserFeaturization>()) {
    use_text_ = featurization->use_text.value_or(false);
    RebuildUser();
  } else if (const auto* added = event.As<EntitiesAdded>()) {
    entities_.insert(entities_.end(), added->entities.begin(), added->entities.end());
    RebuildUser();
  }
}

DialogueState StateFold::Current(SlotScope scope) {
  const size_t which = scope == SlotScope::kAll ? 0 : 1;
  if (stale_[which]) {
    std::vector<std::pair<std::string, std::string>> values;
    for (size_t i = 0; i < features_.size(); ++i) {
      if (!features_[i].empty() && (which == 0 || explicit_[i] != 0))
        values.emplace_back(encoder_->slot(i).name, features_[i]);
    }
    slots_[which] = SlotPart::Make(std::move(values));
    stale_[which] = false;
  }
  return {.user = user_,
          .slots = slots_[which],
          .previous_action = previous_action_,
          .previous_is_text = previous_is_text_,
          .loop = loop_};
}

std::span<const DialogueState> LastStates(const std::vector<DialogueState>& states, size_t max_history) {
  std::span<const DialogueState> all(states);
  return max_history == 0 || states.size() <= max_history ? all : all.last(max_history);
}

}  // namespace greenroom
