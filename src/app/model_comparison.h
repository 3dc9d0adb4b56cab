// Comparisons of `greenroom test`: several models on the same stories, several configs on the same messages.
//
// Models: results.json maps each model's file to the number of stories it got right. Configs: every config is trained
// `runs` times on the whole training part (four fifths) of the messages and on it without each of the `percentages`,
// and tested on the rest; results.json has the weighted F1 of intents by config, a list by percentage, run after run.
// Errors: as exit statuses. Thread rules: the command's thread.
#pragma once

#include "app/test_run.h"
#include "dialogue/turn.h"

namespace greenroom {

int CompareModels(const Console& console, const TestSettings& settings);
int CompareConfigs(const Console& console, const TestSettings& settings);

// A model package; the newest of a folder. Errors: model_missing and those of Package::Open.
Result<std::shared_ptr<const LiveModel>> OpenModel(const std::string& path, const ComponentRegistry& components);

// The stories that the settings ask for, at most `max_stories`. Errors: those of files.
Result<std::vector<TrainingConversation>> LoadConversations(const TestSettings& settings, const LiveModel& model,
                                                            Diagnostics& diagnostics);

}  // namespace greenroom
