// From a file that was uploaded to a model in the registry. What is it, is it whole, what does it say about itself:
// then the file gets its place, and its row last. A process that is killed on the way leaves a file that no row names.
//
//   GR_ASSIGN(ModelRecord model, TakeModel(services, {.path = ..., .sha256 = ..., .bytes = ..., .name = "spring"}));
//
// Two kinds are taken: packages of ours (pipeline/package.h) and archives that Rasa trained (archive/rasa_model.h).
// Errors: model_not_an_archive, model_name_invalid, model_exists (409), those of the two readers.
// Thread rules: functions are safe from any thread.
#pragma once

#include <string>

#include "api/services.h"

namespace greenroom {

struct ReceivedModel {
  std::string assistant = "default";
  std::string path;         // of the file, complete and synced; in the data directory. Moved away on success
  std::string sha256 = {};  // of its bytes
  size_t bytes = 0;
  std::string name = {};  // "" = what the model calls itself
  std::string actor = {}, address = {};
};

Result<ModelRecord> TakeModel(const ApiServices& services, const ReceivedModel& received);

// The name of a model by the name of its file: "b/20200101-120000.tar.gz" gives "20200101-120000".
std::string ModelNameOf(std::string_view file_name);
// The name of its file: "20200101-120000.tar.gz", or .grm.
std::string FileNameOf(const ModelRecord& model);
// The member of the model list, in Rasa X's shape with more members of ours.
Json DescribeModel(const ModelRecord& model);

// Removes uploaded files that no model names: what a killed process left. Call before serving.
Result<void> RemoveUnnamedUploads(const Registry& registry, const std::string& data_directory);

}  // namespace greenroom
