#include "dialogue/state_features.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"
#include "base/text.h"

namespace greenroom {
namespace {

constexpr size_t kPositions = 3;  // how many turns keep their position
constexpr float kLength = 3.0f;

// Names a feature without building its text: the parts are hashed one after another.
uint64_t Name(std::string_view kind, std::initializer_list<std::string_view> parts) {
  uint64_t hash = Hash64(kind);
  for (std::string_view part : parts) hash = HashCombine(hash, Hash64(part));
  return hash;
}

class FeatureWriter {
 public:
  explicit FeatureWriter(std::span<const DialogueState> states) : states_(states), now_(states.back()) {
    features_.reserve(128);
    since_user_ = 0;
    size_t i = states.size() - 1;
    while (i > 0 && !states[i].after_listen()) --i, ++since_user_;
    user_state_ = i;
    age_ = std::to_string(std::min<size_t>(since_user_, 4));
    intent_ =
        now_.user && !now_.user->intent.empty() ? std::string_view(now_.user->intent) : std::string_view("<none>");
    last_ = ActionAt(0);
  }

  StateFeatures Write() {
    AddActions();
    AddUser();
    AddSlots();
    AddLoop();
    AddTurns();
    AddText();
    return Finish();
  }

 private:
  void Add(uint64_t name, float value = 1.0f) { features_.emplace_back(name, value); }

  // The previous action so many steps ago.
  std::string_view ActionAt(size_t ago) const {
    if (ago >= states_.size()) return "<none>";
    const std::string& action = states_[states_.size() - 1 - ago].previous_action;
    return action.empty() ? std::string_view("<start>") : std::string_view(action);
  }

  void AddActions() {
    Add(Name("a1", {last_}));
    Add(Name("a2", {ActionAt(1)}));
    Add(Name("a12", {last_, ActionAt(1)}));
    Add(Name("a123", {last_, ActionAt(1), ActionAt(2)}));
    Add(Name("n", {age_}));
  }

  void AddUser() {
    Add(Name("u", {intent_, age_}));
    Add(Name("ua1", {intent_, last_}));
    Add(Name("ua12", {intent_, last_, ActionAt(1)}));
    if (!now_.user) return;
    std::string all;
    for (const std::string& label : now_.user->entities) {
      Add(Name("e", {label, age_}), 0.7f);
      Add(Name("ea1", {label, last_}), 0.7f);
      all += label + ",";
    }
    Add(Name("es", {all, age_}));
    Add(Name("esa1", {intent_, all, last_}));
  }

  void AddSlots() {
    if (!now_.slots) return;
    const SlotPart* before = states_[user_state_].slots.get();
    for (const auto& [name, value] : now_.slots->values) {
      Add(Name("s", {name, value}), 0.5f);
      Add(Name("sa1", {name, value, last_}), 0.3f);
      // What actions found out since the user spoke decides most.
      const std::string* old = before != nullptr ? before->Find(name) : nullptr;
      if (old != nullptr && *old == value) continue;
      Add(Name("ca1", {name, value, last_}));
      Add(Name("cu", {name, value, intent_, age_}));
    }
  }

  void AddLoop() {
    if (now_.loop.empty()) return;
    Add(Name("l", {now_.loop}));
    Add(Name("la1", {now_.loop, last_}));
    Add(Name("lu", {now_.loop, intent_, age_}));
  }

  // One user turn with the actions after it: states [begin, end).
  void AddTurn(size_t begin, size_t end, size_t ago) {
    const std::string position = std::to_string(std::min(ago, kPositions));
    auto token = [&](std::string_view kind, std::string_view text) {
      Add(Name("t", {position, kind, text}), 0.8f / static_cast<float>(ago));
      Add(Name("h", {kind, text}), 0.25f);
    };
    if (const auto& user = states_[begin].user) {
      token("i", user->intent);
      for (const std::string& label : user->entities) token("e", label);
    }
    for (size_t i = begin + 1; i < end; ++i) {
      if (!states_[i].after_listen()) token("a", states_[i].previous_action);
    }
  }

  void AddTurns() {
    size_t end = states_.size();
    size_t ago = 0;
    for (size_t i = states_.size(); i > 0 && ago < kTurnsSeen; --i) {
      if (!states_[i - 1].after_listen()) continue;
      AddTurn(i - 1, end, ++ago);
      end = i - 1;
    }
  }

  void AddText() {
    if (!now_.user || now_.user->text.empty()) return;
    std::vector<std::string> words = WordsOf(now_.user->text);
    const float value = 2.0f / std::sqrt(static_cast<float>(words.size()) + 1.0f);
    std::string previous;
    for (const std::string& word : words) {
      Add(Name("w", {word, age_}), value);
      Add(Name("w2", {previous, word, age_}), value);
      Add(Name("wa1", {word, last_}), value * 0.5f);
      previous = word;
    }
    Add(Name("text", {now_.user->text, age_}), 1.0f);
  }

  static std::vector<std::string> WordsOf(std::string_view text) {
    std::vector<std::string> words;
    std::u32string word;
    auto flush = [&] {
      if (!word.empty()) words.push_back(EncodeUtf8(word));
      word.clear();
    };
    for (char32_t c : DecodeUtf8(LowerCase(text))) {
      if (IsWordCharacter(c))
        word += c;
      else
        flush();
    }
    flush();
    return words;
  }

  StateFeatures Finish() {
    std::sort(features_.begin(), features_.end());
    StateFeatures result;
    float squares = 0;
    for (size_t i = 0; i < features_.size();) {
      float value = 0;
      const uint64_t hash = features_[i].first;
      for (; i < features_.size() && features_[i].first == hash; ++i) value += features_[i].second;
      result.hashes.push_back(hash);
      result.values.push_back(value);
      squares += value * value;
    }
    const float scale = kLength / std::sqrt(squares + 1e-9f);
    for (float& value : result.values) value *= scale;
    return result;
  }

  std::span<const DialogueState> states_;
  const DialogueState& now_;
  std::vector<std::pair<uint64_t, float>> features_;
  size_t since_user_ = 0;
  size_t user_state_ = 0;
  std::string age_;
  std::string_view intent_;
  std::string_view last_;
};

}  // namespace

StateFeatures FeaturesOf(std::span<const DialogueState> states) { return FeatureWriter(states).Write(); }

}  // namespace greenroom
