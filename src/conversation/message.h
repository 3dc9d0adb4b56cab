// A message from a user as a channel delivers it, and what the assistant answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "conversation/event.h"

namespace greenroom {

// One message in. `channel` is the name of the input channel ("rest", "cmdline", ...).
struct UserMessage {
  std::string conversation_id;
  std::string text;
  std::string channel = "rest";
  Json metadata = {};               // null or an object
  std::string message_id = {};      // made by the accepting side when empty
  std::optional<Parse> parse = {};  // given: NLU is not asked (API message with parse_data, replay)
  bool external = false;            // a triggered intent, not typed by the user
};

// One message out, before a channel gives it its own shape. `data` as in BotUttered.
struct BotMessage {
  std::optional<std::string> text = {};
  Json data = {};
  Json metadata = {};
};

}  // namespace greenroom
