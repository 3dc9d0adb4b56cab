// The process environment as a variable lookup.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace greenroom {

// Looks variables up in the environment of this process; nullopt when unset.
std::function<std::optional<std::string>(const std::string&)> ProcessEnvironment();

}  // namespace greenroom
