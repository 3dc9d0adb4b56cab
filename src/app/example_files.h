// The example assistant (examples/hotel), built into the program by cmake/embed.cmake.
#pragma once

#include <string_view>
#include <vector>

namespace greenroom {

struct ExampleFile {
  std::string_view path;  // "data/nlu.yml"
  std::string_view text;
};

// All files of the example, sorted by path.
const std::vector<ExampleFile>& ExampleFiles();

}  // namespace greenroom
