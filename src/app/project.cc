#include "app/project.h"

#include <CLI/CLI.hpp>

#include "base/environment.h"

namespace greenroom {

void AddProjectOptions(CLI::App& command, ProjectArguments& arguments) {
  SourcePaths& paths = arguments.paths;
  command.add_option("--project,-p", paths.root, "Folder of the project")->capture_default_str();
  command.add_option("--data", paths.data, "Files or folders with training data")->capture_default_str();
  command.add_option("--domain,-d", paths.domain, "Domain file or folder")->capture_default_str();
  command.add_option("--config,-c", paths.config, "Pipeline and policies")->capture_default_str();
  command.add_option("--endpoints", paths.endpoints, "Action server and other endpoints")->capture_default_str();
  command.add_option("--credentials", paths.credentials, "Channel settings")->capture_default_str();
}

LoadedSource LoadProject(const ProjectArguments& arguments) {
  return LoadSource(arguments.paths, ProcessEnvironment());
}

}  // namespace greenroom
