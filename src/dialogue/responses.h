// Responses: which variation of a response is said, and its text with slot values filled in.
// Thread rules: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assistant/domain.h"
#include "conversation/message.h"
#include "conversation/tracker.h"

namespace greenroom {

struct ResponseChoice {
  const Domain* domain = nullptr;
  const Tracker* tracker = nullptr;
  std::string channel;              // output channel
  uint64_t seed = 0;                // decides among equal variations
  Json arguments = Json::Object();  // further values for {name}, before slots
};

// The message of response `name`; nullopt when no variation fits or there is no such response. Order of classes:
// condition and channel, channel, condition, plain. Errors: response_template_broken (unbalanced brace).
Result<std::optional<BotMessage>> RenderResponse(const std::string& name, const ResponseChoice& choice);

// Fills {name} in a text. One unknown name leaves the whole text as it is; doubled braces are literal.
Result<std::string> FillTemplate(const std::string& text, const ResponseChoice& choice);

// What one entry of `responses` in an action server's reply adds to the message of its named response (rendered here or
// by an NLG server), or to an empty message when it names none: its buttons are appended, other fields replace, empty
// values (null, "", 0, [], {}) do nothing, unknown keys become metadata. Nothing in it is filled in.
BotMessage OverlayReply(BotMessage message, const Json& reply);

// {text, buttons, image, ..., anything} as a message: unknown keys become metadata, an image is its attachment too.
BotMessage MakeBotMessage(const Json& fields);

// Ids of the variations in the chosen class, for external NLG ("id" of its request): the first, or nullopt.
std::optional<std::string> ResponseIdForNlg(const std::string& name, const ResponseChoice& choice);

}  // namespace greenroom
