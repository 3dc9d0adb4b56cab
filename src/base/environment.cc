#include "base/environment.h"

#include <cstdlib>

namespace greenroom {

std::function<std::optional<std::string>(const std::string&)> ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
  };
}

}  // namespace greenroom
