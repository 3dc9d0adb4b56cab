#include "dialogue/story_trackers.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "conversation/tracker.h"
#include "dialogue/states.h"

namespace greenroom {
namespace {

// A piece of a story between checkpoints, with alternatives already chosen.
struct Block {
  const Story* story = nullptr;
  std::vector<const StoryStep*> starts = {};  // checkpoints that lead here; empty = the start of a conversation
  std::string end = {};                       // checkpoint that it leads to; "" = none
  std::vector<const StoryStep*> steps = {};
};

// A conversation under construction.
struct Draft {
  std::string name = {};
  std::vector<Event> events = {};
  std::vector<char> unpredictable = {};
  std::vector<size_t> blocks = {};  // already passed, to cut cycles
};

bool IsListen(const Event& event) {
  const auto* action = event.As<ActionExecuted>();
  return action != nullptr && action->name == kActionListen;
}

// Turns steps into events, at the end of a draft.
class StepWriter {
 public:
  StepWriter(const Source& source, Diagnostics& diagnostics, StoryUse use)
      : domain_(source.domain), diagnostics_(diagnostics), use_(use) {}

  void WriteBlock(const Block& block, Draft& draft) {
    block_begin_ = draft.events.size();
    seen_user_ = false;
    marks_first_action_ = block.starts.empty();
    is_rule_ = block.story->is_rule;
    if (is_rule_) WriteRuleStart(*block.story, draft);
    for (const StoryStep* step : block.steps) Write(*step, draft);
    if (is_rule_ && !block.story->wait_for_user_input)
      Push(draft, ActionExecuted{.name = std::string(kRuleSnippetAction)});
    if (block.end.empty()) Listen(draft);
  }

 private:
  void WriteRuleStart(const Story& rule, Draft& draft) {
    for (const StoryStep& condition : rule.condition) Write(condition, draft);
    if (!rule.conversation_start) PushAction(draft, {.name = std::string(kRuleSnippetAction)});
  }

  void Write(const StoryStep& step, Draft& draft) {
    switch (step.kind) {
      case StoryStep::Kind::kUser:
        return WriteUser(step, draft);
      case StoryStep::Kind::kAction:
        return PushAction(draft, {.name = step.name});
      case StoryStep::Kind::kBotText:
        return PushAction(draft, {.action_text = step.text.value_or(step.name)});
      case StoryStep::Kind::kSlot:
        return WriteSlot(step, draft);
      case StoryStep::Kind::kActiveLoop:
        return WriteLoop(step, draft);
      case StoryStep::Kind::kCheckpoint:
      case StoryStep::Kind::kOr:
        return;
    }
  }

  void WriteUser(const StoryStep& step, Draft& draft) {
    Listen(draft);
    seen_user_ = true;
    UserUttered message;
    message.parse.intent = {.name = step.name.substr(0, step.name.find('/')), .confidence = 1.0};
    // With an intent the text only tells people what was said, unless it is what shall be understood.
    if (use_ == StoryUse::kTest) {
      message.text = step.text;
      if (step.name.find('/') != std::string::npos)
        message.parse.intent_extra = Json::Object({{"full_retrieval_intent_name", step.name}});
    } else if (step.name.empty()) {
      message.text = step.text.value_or("");
    }
    message.parse.text = message.text.value_or("");
    message.parse.entities = step.entities;
    Push(draft, message);
    WriteImpliedSlots(step.entities, draft);
  }

  void WriteImpliedSlots(const std::vector<Entity>& entities, Draft& draft) {
    if (entities.empty()) return;
    for (const SlotDef& slot : domain_.slots) {
      std::vector<Json> values;
      for (const SlotMapping& mapping : slot.mappings) CollectValues(mapping, entities, values);
      if (values.empty()) continue;
      Push(draft, SlotSet{.name = slot.name, .value = slot.type == SlotType::kList ? Json(values) : values.back()});
    }
  }

  static void CollectValues(const SlotMapping& mapping, const std::vector<Entity>& entities,
                            std::vector<Json>& values) {
    if (mapping.type != MappingType::kFromEntity) return;
    if (!mapping.conditions.empty() && mapping.conditions.front().active_loop) return;
    for (const Entity& entity : entities) {
      if (entity.entity != mapping.entity || entity.role != mapping.role || entity.group != mapping.group) continue;
      values.push_back(entity.value.is_null() ? Json("") : entity.value);
    }
  }

  void WriteSlot(const StoryStep& step, Draft& draft) {
    const SlotDef* slot = domain_.FindSlot(step.name);
    if (slot == nullptr) return ReportUnknownSlot(step);
    Json value = step.value;
    if (step.bare) value = BareValue(*slot);
    if (value.is_null() && is_rule_) value = Json(kMustBeUnset);
    Push(draft, SlotSet{.name = step.name, .value = std::move(value)});
  }

  static Json BareValue(const SlotDef& slot) {
    if (slot.type == SlotType::kText) return "filled";
    if (slot.type == SlotType::kList) return Json::List({"filled"});
    return nullptr;
  }

  void WriteLoop(const StoryStep& step, Draft& draft) {
    ActiveLoop loop;
    if (!step.loop_off && !step.name.empty()) {
      loop.name = step.name;
    } else if (is_rule_) {
      loop.name = std::string(kMustBeUnset);
    }
    Push(draft, loop);
  }

  void ReportUnknownSlot(const StoryStep& step) {
    if (!reported_.insert(step.name).second) return;
    std::vector<std::string> known;
    for (const SlotDef& slot : domain_.slots) known.push_back(slot.name);
    const std::string nearest = NearestName(step.name, known);
    diagnostics_.Add({.code = "S304",
                      .message = "slot `" + step.name + "` is not declared in the domain",
                      .span = step.span,
                      .label = "unknown slot",
                      .help = nearest.empty() ? "add it under `slots:`" : "did you mean `" + nearest + "`?"});
  }

  void Listen(Draft& draft) {
    if (draft.events.size() > block_begin_ && IsListen(draft.events.back())) return;
    Push(draft, ActionExecuted{.name = std::string(kActionListen)});
  }

  // The first action of a conversation cannot be predicted from anything, unless a user turn stands before it.
  void PushAction(Draft& draft, ActionExecuted action) {
    Push(draft, std::move(action));
    if (!marks_first_action_ || seen_user_) return;
    draft.unpredictable.back() = 1;
    marks_first_action_ = false;
  }

  template <typename Body>
  static void Push(Draft& draft, Body body) {
    draft.events.push_back({.body = EventBody(std::move(body))});
    draft.unpredictable.push_back(0);
  }

  const Domain& domain_;
  Diagnostics& diagnostics_;
  StoryUse use_;
  std::set<std::string> reported_;
  size_t block_begin_ = 0;
  bool seen_user_ = false;
  bool marks_first_action_ = true;
  bool is_rule_ = false;
};

// Cuts a story into blocks and multiplies out its alternatives.
class BlockCutter {
 public:
  static std::vector<Block> Cut(const Story& story, size_t limit) {
    BlockCutter cutter(story, limit);
    for (const StoryStep& step : story.steps) cutter.Take(step);
    cutter.Flush();
    return std::move(cutter.done_);
  }

 private:
  BlockCutter(const Story& story, size_t limit) : story_(story), limit_(limit) { open_.push_back({.story = &story}); }

  void Take(const StoryStep& step) {
    if (step.kind == StoryStep::Kind::kCheckpoint) return TakeCheckpoint(step);
    if (step.kind == StoryStep::Kind::kOr) return TakeAlternatives(step);
    for (Block& block : open_) block.steps.push_back(&step);
    begun_ = true;
  }

  void TakeCheckpoint(const StoryStep& step) {
    if (begun_) {
      for (Block& block : open_) block.end = step.name;
      Flush();
      open_.assign(1, {.story = &story_});
    }
    for (Block& block : open_) block.starts.push_back(&step);
    after_checkpoint_ = true;
  }

  void TakeAlternatives(const StoryStep& step) {
    std::vector<Block> multiplied;
    for (const Block& block : open_) {
      for (const std::vector<StoryStep>& alternative : step.alternatives) {
        if (multiplied.size() >= limit_) break;
        multiplied.push_back(block);
        for (const StoryStep& inner : alternative) multiplied.back().steps.push_back(&inner);
      }
    }
    open_ = std::move(multiplied);
    begun_ = true;
  }

  void Flush() {
    // A checkpoint as the last step only ends the block before it.
    if (!begun_ && (after_checkpoint_ || !done_.empty())) return;
    done_.insert(done_.end(), std::make_move_iterator(open_.begin()), std::make_move_iterator(open_.end()));
    open_.clear();
    begun_ = false;
    after_checkpoint_ = false;
  }

  const Story& story_;
  size_t limit_;
  std::vector<Block> open_;
  std::vector<Block> done_;
  bool begun_ = false;
  bool after_checkpoint_ = false;
};

// Walks all ways through the blocks, depth first.
class ConversationBuilder {
 public:
  ConversationBuilder(const Source& source, Diagnostics& diagnostics, StoryUse use)
      : source_(source),
        diagnostics_(diagnostics),
        use_(use),
        writer_(source, diagnostics, use),
        slot_table_(std::make_shared<SlotTable>(source.domain.MakeSlotTable())) {}

  std::vector<TrainingConversation> Build() {
    for (const Story& rule : source_.data.rules) AddBlocks(rule);
    for (const Story& story : source_.data.stories) AddBlocks(story);
    CheckCheckpoints();
    for (size_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i].starts.empty()) Walk(i, {});
    }
    if (overflow_) {
      diagnostics_.Add({.severity = Severity::kWarning,
                        .code = "S303",
                        .message = "stories lead to more than " + std::to_string(kMaxConversations) +
                                   " conversations; the rest is left out",
                        .help = "use fewer checkpoints and `or` steps"});
    }
    return std::move(conversations_);
  }

 private:
  void AddBlocks(const Story& story) {
    for (Block& block : BlockCutter::Cut(story, kMaxConversations)) {
      const size_t index = blocks_.size();
      for (const StoryStep* start : block.starts) by_start_[start->name].push_back({index, start});
      if (!block.end.empty()) ends_.insert(block.end);
      blocks_.push_back(std::move(block));
    }
  }

  void CheckCheckpoints() {
    for (const auto& [name, entries] : by_start_) {
      if (ends_.contains(name)) continue;
      for (const auto& [index, step] : entries) {
        diagnostics_.Add({.severity = Severity::kWarning,
                          .code = "S301",
                          .message = "no story leads to checkpoint `" + name + "`; story `" +
                                     blocks_[index].story->name + "` is left out",
                          .span = step->span});
      }
    }
    for (const Block& block : blocks_) {
      if (block.end.empty() || by_start_.contains(block.end)) continue;
      diagnostics_.Add(
          {.severity = Severity::kWarning,
           .code = "S302",
           .message = "checkpoint `" + block.end + "` at the end of story `" + block.story->name + "` leads nowhere",
           .span = block.story->span});
    }
  }

  void Walk(size_t index, Draft draft) {
    if (conversations_.size() >= kMaxConversations) {
      overflow_ = true;
      return;
    }
    const Block& block = blocks_[index];
    AddName(block.story->name, draft);
    draft.blocks.push_back(index);
    writer_.WriteBlock(block, draft);
    bool continued = false;
    if (!block.end.empty()) continued = Continue(block.end, draft);
    if (!continued) Finish(block, std::move(draft));
  }

  bool Continue(const std::string& checkpoint, const Draft& draft) {
    auto next = by_start_.find(checkpoint);
    if (next == by_start_.end()) return false;
    bool continued = false;
    for (const auto& [index, start] : next->second) {
      if (std::find(draft.blocks.begin(), draft.blocks.end(), index) != draft.blocks.end()) continue;
      continued = true;
      if (Passes(*start, draft)) Walk(index, draft);
    }
    return continued;
  }

  // Whether the slots of the conversation so far are as the checkpoint wants them.
  bool Passes(const StoryStep& checkpoint, const Draft& draft) const {
    for (const StoryStep& condition : checkpoint.checkpoint_slots) {
      const SlotDef* slot = source_.domain.FindSlot(condition.name);
      Json value = slot != nullptr ? slot->initial_value : Json();
      for (const Event& event : draft.events) {
        const auto* set = event.As<SlotSet>();
        if (set != nullptr && set->name == condition.name) value = set->value;
      }
      if (!(value == condition.value)) return false;
    }
    return true;
  }

  static void AddName(const std::string& name, Draft& draft) {
    if (draft.name.empty()) {
      draft.name = name;
    } else if ((" > " + draft.name + " > ").find(" > " + name + " > ") == std::string::npos) {
      draft.name += " > " + name;
    }
  }

  void Finish(const Block& block, Draft draft) {
    TrainingConversation conversation{.name = draft.name, .is_rule = block.story->is_rule, .span = block.story->span};
    if (use_ == StoryUse::kTest) {
      conversation.events = std::move(draft.events);
      conversation.unpredictable = std::move(draft.unpredictable);
      conversations_.push_back(std::move(conversation));
      return;
    }
    Tracker tracker(slot_table_, draft.name);
    for (const Event& event : draft.events) tracker.Apply(event);
    std::map<const Event*, size_t> places;
    for (const Event& event : tracker.events()) places.emplace(&event, places.size());
    for (const Event* event : tracker.applied()) {
      conversation.events.push_back(*event);
      conversation.unpredictable.push_back(draft.unpredictable[places.at(event)]);
    }
    std::string identity = conversation.is_rule ? "rule" : "story";
    for (const Event& event : conversation.events) identity += "\n" + EventToJson(event).Dump();
    if (seen_.insert(std::move(identity)).second) conversations_.push_back(std::move(conversation));
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  StoryUse use_;
  StepWriter writer_;
  std::shared_ptr<const SlotTable> slot_table_;
  std::vector<Block> blocks_;
  std::map<std::string, std::vector<std::pair<size_t, const StoryStep*>>> by_start_;
  std::set<std::string> ends_;
  std::set<std::string> seen_;
  std::vector<TrainingConversation> conversations_;
  bool overflow_ = false;
};

}  // namespace

std::vector<TrainingConversation> BuildTrainingConversations(const Source& source, Diagnostics& diagnostics,
                                                             StoryUse use) {
  return ConversationBuilder(source, diagnostics, use).Build();
}

}  // namespace greenroom
