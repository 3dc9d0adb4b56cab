// EnvironmentWatch: keeps the environments of a server as an environments.yml says, also when the file changes.
//
//   EnvironmentWatch watch(path, registry, [&] { remotes.Refresh(); reconciler.Wake(); });
//   GR_TRY(watch.Apply());            // at the start: an error refuses to start
//   watch.Look();                     // every second: takes over a changed file, keeps what was when it is broken
//
// What the file names gets its url and token from it, over what the API was told. What was in the file and is there no
// more is removed, except `production`, which becomes embedded. Environments that never were in it stay untouched.
// Errors of Apply: those of the file (environments_file_invalid with every place) and of the registry.
// Thread rules: one owner.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "base/result.h"
#include "registry/registry.h"

namespace greenroom {

class EnvironmentWatch {
 public:
  EnvironmentWatch(std::string path, Registry& registry, std::function<void()> changed)
      : path_(std::move(path)), registry_(registry), changed_(std::move(changed)) {}

  // Reads the file and brings the registry in line with it.
  Result<void> Apply();
  // Applies when the content differs from the one that was last looked at. A broken file is logged once.
  void Look();

 private:
  Result<void> TakeOver(const std::string& name, const std::string& url, const std::string& token, bool& changed);
  Result<void> RemoveOthers(const std::set<std::string>& named, bool& changed);

  std::string path_;
  Registry& registry_;
  std::function<void()> changed_;
  std::set<std::string> from_file_;  // names that the file has brought in
  std::string seen_;                 // digest of the content last looked at
};

}  // namespace greenroom
