// Domain: the inventory of an assistant (intents, entities, slots, responses, actions, forms) as loaded from domain
// files. Thread rules: built once by the loader or read from a model package; const afterwards.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/json.h"
#include "base/result.h"
#include "conversation/tracker.h"

namespace greenroom {

struct IntentDef {
  std::string name;
  // What featurizes together with this intent: nullopt = all entities that influence the conversation.
  std::optional<std::vector<std::string>> use_entities = {};
  std::optional<std::vector<std::string>> ignore_entities = {};
  bool is_retrieval = false;
  SourceSpan span = {};
};

struct EntityDef {
  std::string name;
  std::vector<std::string> roles = {};
  std::vector<std::string> groups = {};
  bool influence_conversation = true;
  SourceSpan span = {};
};

enum class SlotType { kText, kBool, kFloat, kList, kCategorical, kAny };
enum class MappingType { kFromEntity, kFromIntent, kFromTriggerIntent, kFromText, kCustom };

// Where a mapping applies: while this loop runs and asks for this slot.
struct MappingCondition {
  std::optional<std::string> active_loop = {};  // nullopt = "no active form"
  std::optional<std::string> requested_slot = {};
};

struct SlotMapping {
  MappingType type = MappingType::kFromText;
  std::string entity = {}, role = {}, group = {};
  Json value = {};          // of from_intent and from_trigger_intent
  std::string action = {};  // of custom
  std::vector<std::string> intents = {};
  std::vector<std::string> not_intents = {};
  std::vector<MappingCondition> conditions = {};
  Json source = {};  // the mapping as written, compared for uniqueness
  SourceSpan span = {};
};

struct SlotDef {
  std::string name;
  SlotType type = SlotType::kText;
  Json initial_value = {};
  bool influence_conversation = true;
  std::vector<std::string> values = {};  // of categorical
  double min_value = 0, max_value = 1;   // of float
  std::vector<SlotMapping> mappings = {};
  bool automatic = false;  // added by us (requested_slot, session_started_metadata, ...)
  SourceSpan span = {};
};

// A variation fits only while the slot has this value.
struct ResponseCondition {
  std::string slot;
  Json value;
};

struct ResponseVariation {
  std::string id = {};
  std::optional<std::string> text = {};
  // buttons, quick_replies, image, custom, attachment, elements, metadata, button_type, ... as written
  Json content = {};
  std::string channel = {};
  bool has_condition = false;  // `condition: []` is present and never fits
  std::vector<ResponseCondition> conditions = {};
  SourceSpan span = {};
};

struct FormDef {
  std::string name;
  std::vector<std::string> required_slots = {};
  std::vector<std::string> ignored_intents = {};
  SourceSpan span = {};
};

// An action as listed by the user; `send_domain: false` spares its server the domain.
struct ActionDef {
  std::string name;
  bool send_domain = true;
  SourceSpan span = {};
};

struct SessionConfig {
  double expiration_minutes = 60;  // 0 = never
  bool carry_over_slots = true;
};

class Domain {
 public:
  std::vector<IntentDef> intents;  // sorted by name; default intents included
  std::vector<EntityDef> entities;
  std::vector<SlotDef> slots;  // automatic ones included
  std::map<std::string, std::vector<ResponseVariation>> responses;
  std::vector<ActionDef> actions;  // as listed by the user
  std::vector<FormDef> forms;
  std::vector<std::string> e2e_actions;
  SessionConfig session;
  bool store_entities_as_slots = true;

  const IntentDef* FindIntent(std::string_view name) const;
  const EntityDef* FindEntity(std::string_view name) const;
  const SlotDef* FindSlot(std::string_view name) const;
  const FormDef* FindForm(std::string_view name) const;
  bool IsListedAction(std::string_view name) const;
  // All action names in index order: defaults, listed, unlisted responses (sorted), forms, e2e texts.
  std::vector<std::string> ActionNames() const;
  std::vector<std::string> FormNames() const;  // and action_two_stage_fallback, which is a loop
  SlotTable MakeSlotTable() const;

  // Full round trip for model packages and the action server ("domain" of its request).
  Json ToJson() const;
  static Result<Domain> FromJson(const Json& json);
};

// The actions every assistant has, in Rasa's index order.
const std::vector<std::string>& DefaultActionNames();
const std::vector<std::string>& DefaultIntentNames();

}  // namespace greenroom
