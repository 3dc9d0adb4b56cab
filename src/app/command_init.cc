#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "app/example.h"
#include "app/example_files.h"
#include "base/files.h"

namespace greenroom {

Result<void> WriteExample(const std::string& directory) {
  for (const ExampleFile& file : ExampleFiles()) {
    std::string path = directory + "/" + std::string(file.path);
    if (FileExists(path)) {
      return Error{ErrorCode::kAlreadyExists, "file_exists", "`" + path + "` exists already", "choose an empty folder"};
    }
  }
  for (const ExampleFile& file : ExampleFiles()) {
    std::string path = directory + "/" + std::string(file.path);
    GR_TRY(CreateDirectories(path.substr(0, path.rfind('/'))));
    GR_TRY(WriteFileDurably(path, file.text));
  }
  return {};
}

void AddInitCommand(CLI::App& app, CommandLine& line) {
  auto* command = app.add_subcommand("init", "Write an example assistant: a small hotel desk");
  auto directory = std::make_shared<std::string>("hotel");
  command->add_option("directory", *directory, "Folder to write to")->capture_default_str();
  command->callback([&line, directory] {
    line.run = [&line, directory] {
      if (auto written = WriteExample(*directory); !written) return line.console.Fail(written.error());
      line.console.Note("wrote an assistant to " + *directory + "; next: greenroom train --project " + *directory);
      return static_cast<int>(kExitOk);
    };
  });
}

}  // namespace greenroom
