// EntitySynonymMapper: replaces the value of an entity by the synonym that the training data gives for its text,
// whatever the case, and adds its own name to the entity's processors. Synonyms come from `synonym` items and from
// annotations with a value of their own; where two disagree the later one counts and a warning names both (N105).
// Thread rules: const after training.
#pragma once

#include "pipeline/component.h"

namespace greenroom {

ComponentFactory EntitySynonymMapperFactory();

}  // namespace greenroom
