// A message from a user as a channel delivers it, and what the assistant answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "conversation/event.h"

namespace greenroom {

// An action that somebody orders in place of what the policies would predict.
struct ActionOrder {
  std::string name;
  std::string policy = {};  // that the event shall name; "" = none
  double confidence = 0;
};

// One message in. `channel` is the name of the input channel ("rest", "cmdline", ...).
struct UserMessage {
  std::string conversation_id;
  std::string text;
  std::string channel = "rest";
  Json metadata = {};               // null or an object
  std::string message_id = {};      // made by the accepting side when empty
  std::optional<Parse> parse = {};  // given: NLU is not asked (API message with parse_data, replay)
  bool external = false;            // a triggered intent, not typed by the user
  bool log_only = false;            // it is taken note of, with its slots; nothing is predicted
  // Given: there is no message; this action alone is run, nothing is predicted.
  std::optional<ActionOrder> action = {};
};

// One message out, before a channel gives it its own shape. `data` as in BotUttered.
struct BotMessage {
  std::optional<std::string> text = {};
  Json data = {};
  Json metadata = {};
};

}  // namespace greenroom
