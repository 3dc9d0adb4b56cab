#include "pipeline/component.h"

namespace greenroom {

void Component::ProcessTraining(std::span<MessageState> messages) const {
  for (MessageState& message : messages) Process(message);
}

void ComponentRegistry::Add(ComponentFactory factory, std::vector<std::string> aliases) {
  auto shared = std::make_shared<ComponentFactory>(std::move(factory));
  factories_[shared->spec.name] = shared;
  for (std::string& alias : aliases) factories_[std::move(alias)] = shared;
}

const ComponentFactory* ComponentRegistry::Find(std::string_view name) const {
  auto found = factories_.find(name);
  if (found != factories_.end()) return found->second.get();
  // An import path counts only when it is one of Rasa's own: a user's class of the same name is another component.
  if (!name.starts_with("rasa.")) return nullptr;
  found = factories_.find(name.substr(name.rfind('.') + 1));
  return found == factories_.end() ? nullptr : found->second.get();
}

std::vector<std::string> ComponentRegistry::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, factory] : factories_) names.push_back(name);
  return names;
}

}  // namespace greenroom
