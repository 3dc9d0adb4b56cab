// Sources that clients send: kept below the data directory until their training is over.
#pragma once

#include <string>

#include "api/services.h"

namespace greenroom {

// Bytes of one source.
inline constexpr size_t kMaxSourceBytes = 64u << 20;

// Writes {"config.yml": "...", "data/nlu.yml": "..."} into a folder of its own and returns the folder: all files or
// none. Errors: bad_request (a name that leads out of the folder, a text that is no string), those of the disk.
Result<std::string> StoreSource(const ApiServices& services, const Json& files);

// Submits a job for whoever sent the request and writes both down in the audit log.
Result<TrainingJob> SubmitJob(const ApiServices& services, const HttpRequest& request, JobRequest job);

}  // namespace greenroom
