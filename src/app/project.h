// Options that name a project on the command line, shared by the commands that read one.
#pragma once

#include "assistant/source.h"

namespace CLI {
class App;
}

namespace greenroom {

struct ProjectArguments {
  SourcePaths paths;
};

// Adds --project, --data, --domain, --config, --endpoints, --credentials.
void AddProjectOptions(CLI::App& command, ProjectArguments& arguments);

// Loads with the variables of the process environment.
LoadedSource LoadProject(const ProjectArguments& arguments);

}  // namespace greenroom
