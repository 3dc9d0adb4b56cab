// LexicalSyntacticFeaturizer: stands in the pipelines of many projects. Our entity models make the lexical features of
// a token (case, digits, prefixes, suffixes, neighbours) themselves, so it adds nothing and says so when configured.
// Thread rules: const.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory LexicalSyntacticFeaturizerFactory();

}  // namespace greenroom
