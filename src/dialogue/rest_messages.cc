#include "base/text.h"
#include "dialogue/turn.h"

namespace greenroom {
namespace {

class RestWriter {
 public:
  explicit RestWriter(const std::string& recipient) : recipient_(recipient) {}

  void Add(const BotMessage& message) {
    const Json& data = message.data;
    const std::string text = message.text.value_or("");
    // Quick replies take the place of buttons: the channel shows both in the same way.
    const Json& buttons = data["quick_replies"].is_falsy() ? data["buttons"] : data["quick_replies"];
    if (!buttons.is_falsy()) {
      AddButtons(text, buttons);
    } else if (!text.empty()) {
      AddParts(text);
    }
    AddField("custom", data["custom"]);
    AddField("image", data["image"]);
    // Without an attachment of its own a message with an image repeats the image there.
    if (!(data["attachment"] == data["image"])) AddField("attachment", data["attachment"]);
    for (const Json& element : data["elements"].array()) AddElement(element);
  }

  Json Take() { return std::move(list_); }

 private:
  Json New() const { return Json::Object({{"recipient_id", recipient_}}); }

  void AddButtons(const std::string& text, const Json& buttons) {
    list_.Append(New().Set("text", text).Set("buttons", buttons));
  }

  void AddParts(const std::string& text) {
    std::string_view rest = Trim(text);
    for (size_t end = rest.find("\n\n"); end != std::string_view::npos; end = rest.find("\n\n")) {
      list_.Append(New().Set("text", rest.substr(0, end)));
      rest.remove_prefix(end + 2);
    }
    list_.Append(New().Set("text", rest));
  }

  void AddField(const char* key, const Json& value) {
    if (!value.is_falsy()) list_.Append(New().Set(key, value));
  }

  void AddElement(const Json& element) {
    const Json* buttons = element.Find("buttons");
    AddButtons(element["title"].AsString() + " : " + element["subtitle"].AsString(),
               buttons == nullptr ? Json::List() : *buttons);
  }

  std::string recipient_;
  Json list_ = Json::List();
};

}  // namespace

Json MessagesToRest(const std::vector<BotMessage>& messages, const std::string& recipient) {
  RestWriter writer(recipient);
  for (const BotMessage& message : messages) writer.Add(message);
  return writer.Take();
}

}  // namespace greenroom
