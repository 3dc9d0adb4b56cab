// Registration of all NLU components, one line each; nothing registers itself.
//
//   ComponentRegistry registry;
//   RegisterNluComponents(registry);
//
// To add a component: write it in nlu/, declare its factory in its header, add its line in register.cc.
// Thread rules: call once per registry, before it is shared.
#pragma once

#include "nlu/duckling_entity_extractor.h"
#include "pipeline/component.h"

namespace greenroom {

// What components need from outside; all may be left empty.
struct NluServices {
  DucklingFetch duckling = {};
};

void RegisterNluComponents(ComponentRegistry& registry, const NluServices& services = {});

}  // namespace greenroom
