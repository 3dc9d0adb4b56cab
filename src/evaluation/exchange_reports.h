// Results of tests in the forms that build servers and code hosts read: JUnit XML and SARIF 2.1.
//
//   TestResults results{.nlu = &nlu, .stories = &stories};
//   JUnitText(results);   one case for each story and for each message that was misunderstood
//   SarifText(results);   one result for each failed story, warning and misunderstood message, with file and line
//
// A part that is nullptr was not tested. Thread rules: pure.
#pragma once

#include <string>

#include "evaluation/nlu_evaluation.h"
#include "evaluation/story_evaluation.h"

namespace greenroom {

struct TestResults {
  const NluEvaluation* nlu = nullptr;
  const StoryEvaluation* stories = nullptr;
};

std::string JUnitText(const TestResults& results);
std::string SarifText(const TestResults& results);

}  // namespace greenroom
