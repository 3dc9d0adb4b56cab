// The loader of config.yml: recipe, language, assistant_id, pipeline and policies.
//
// An absent or empty `pipeline` or `policies` becomes the default one, as written in DefaultPipeline and
// DefaultPolicies. Whether components exist and take their parameters is checked by the module that has them.
// Codes: C001-C009. Thread rules: pure functions.
#pragma once

#include <vector>

#include "assistant/report.h"
#include "assistant/source.h"

namespace greenroom {

AssistantConfig LoadConfig(const YamlNode& root, Report& report);

std::vector<ComponentConfig> DefaultPipeline();
std::vector<ComponentConfig> DefaultPolicies();

}  // namespace greenroom
