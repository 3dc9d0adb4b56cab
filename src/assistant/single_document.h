// SplitSource: an assistant's whole source in one YAML document, taken apart into the files of a project.
//
//   GR_ASSIGN(SourceFiles files, SplitSource("pipeline: ...\nintents: ...\nnlu: ...\n"));
//   files["config.yml"], files["domain.yml"], files["data/training.yml"]
//
// This is how Rasa's POST /model/train takes a source. Each file is the document with the lines of the other files left
// empty, so that diagnostics name the lines that the sender wrote; a document in flow style (JSON) is written anew.
// Errors: yaml_invalid (not YAML, not a mapping, a key that no file has; the message names the place), source_empty.
// Thread rules: pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

using SourceFiles = std::map<std::string, std::string>;  // path below the project's folder -> text

Result<SourceFiles> SplitSource(std::string_view document);

}  // namespace greenroom
