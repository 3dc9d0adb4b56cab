// What a model archive trained by Rasa 2.x or 3.x says about itself. The archive is checked whole (archive_reader.h)
// and kept as it is for Rasa servers; nothing in it is run, unpickled or turned into a model of ours.
//
//   GR_ASSIGN(RasaModel model, InspectRasaModel("/tmp/20261123-204519.tar.gz"));
//   model.rasa_version   // "3.6.21"
//
// 3.x has `metadata.json`, 2.x `fingerprint.json` in its root.
// Errors besides those of ReadArchive: missing_metadata, bad_metadata (kInvalidArgument), incompatible_model
// (kConflict; a version that is neither 2.x nor 3.x).
// Thread rules: pure functions but for the file.
#pragma once

#include <string>

#include "archive/archive_reader.h"
#include "base/json.h"

namespace greenroom {

struct RasaModel {
  std::string rasa_version;  // "3.6.21"
  double trained_at = 0;     // unix seconds
  std::string model_id;      // 3.x
  std::string assistant_id;  // 3.5 and later
  std::string language;
  std::string training_type;  // "both", "nlu", "core", "end_to_end"; "" when not said (2.x)
  std::string fingerprint;    // of the project, when said
  Json domain = {};           // names only: {"intents": [...], "entities", "slots", "actions", "responses", "forms"}
  size_t files = 0;
  uint64_t unpacked = 0;       // bytes
  bool holds_pickles = false;  // a server that loads it runs what the trainer put in
};

Result<RasaModel> InspectRasaModel(ChunkSource source, const ArchiveLimits& limits = {});
Result<RasaModel> InspectRasaModel(const std::string& path, const ArchiveLimits& limits = {});
// True for the first two bytes of every gzip file: worth a look with InspectRasaModel.
bool LooksLikeGzip(std::string_view head);
// For the registry: all of the above, of the domain only how many names each part has.
Json DescribeRasaModel(const RasaModel& model);

}  // namespace greenroom
