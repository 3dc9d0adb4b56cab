// What most components store: one small JSON blob named "meta.json".
//
//   blobs.Put("meta.json", meta.Dump());
//   GR_ASSIGN(const Json meta, ReadMeta(blobs));
//
// Thread rules: pure functions.
#pragma once

#include "base/json.h"
#include "pipeline/component.h"

namespace greenroom {

// Bounds of a blob inside a verified package: lookup tables may be long.
inline constexpr JsonLimits kBlobLimits = {.bytes = 256u << 20, .depth = 16, .nodes = 20'000'000};

// Errors: model_part_missing, model_part_malformed.
inline Result<Json> ReadMeta(const BlobReader& blobs) {
  GR_ASSIGN(const std::string_view text, blobs.Get("meta.json"));
  Result<Json> meta = ParseJson(text, kBlobLimits);
  if (!meta.ok()) return Error{ErrorCode::kDataLoss, "model_part_malformed", "meta.json: " + meta.error().message};
  return meta;
}

}  // namespace greenroom
