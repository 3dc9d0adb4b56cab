// Parameters that configurations for Rasa hold and that mean nothing to our models: they are accepted, and reported
// once at training (ParameterSpec::no_effect).
//
//   AddWithoutEffect(parameters, {"solver", "tol"});
//   AddWithoutEffect(parameters, kTransformerParameters);
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "pipeline/component.h"

namespace greenroom {

void AddWithoutEffect(std::vector<ParameterSpec>& parameters, std::span<const char* const> names);
inline void AddWithoutEffect(std::vector<ParameterSpec>& parameters, std::initializer_list<const char*> names) {
  AddWithoutEffect(parameters, std::span(names.begin(), names.size()));
}

// What shapes and trains a transformer: DIETClassifier and ResponseSelector share these.
extern const std::span<const char* const> kTransformerParameters;

}  // namespace greenroom
