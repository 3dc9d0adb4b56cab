// A project that trains for so long that a test can do something meanwhile: many examples of made-up words.
// Thread rules: a pure function.
#pragma once

#include <map>
#include <string>

namespace greenroom {

inline std::map<std::string, std::string> LongTraining() {
  std::string nlu = "nlu:\n", intents = "version: \"3.1\"\nintents:\n";
  for (int intent = 0; intent < 120; ++intent) {
    intents += "- topic" + std::to_string(intent) + "\n";
    nlu += "- intent: topic" + std::to_string(intent) + "\n  examples: |\n";
    for (int example = 0; example < 60; ++example) {
      nlu += "    -";
      for (int word = 0; word < 12; ++word)
        nlu += " w" + std::to_string((intent * 977 + example * 31 + word * word * 7) % 4000);
      nlu += "\n";
    }
  }
  return {
      {"config.yml",
       "recipe: default.v1\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n- name: CountVectorsFeaturizer\n"
       "- name: CountVectorsFeaturizer\n  analyzer: char_wb\n  min_ngram: 1\n  max_ngram: 5\n- name: DIETClassifier\n"
       "policies:\n- name: RulePolicy\n"},
      {"domain.yml", intents},
      {"data/nlu.yml", nlu}};
}

}  // namespace greenroom
