#include "training/train_model.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/random.h"

namespace greenroom {
namespace {

constexpr size_t kWarmupMessages = 100;

// Where the parts of the recipe begin, as fractions of the whole.
constexpr double kPipelineBegins = 0.02, kWritingBegins = 0.97;

// Policies learn for about so many steps however few stories there are; an example of NLU is seen so often.
constexpr double kPolicySteps = 8'000, kPerStoryStep = 40, kPerExample = 60;

double PoliciesBegin(const TrainingData& data) {
  double policies = kPolicySteps;
  for (const Story& story : data.stories) policies += kPerStoryStep * static_cast<double>(story.steps.size());
  const double pipeline = kPerExample * static_cast<double>(data.nlu.examples.size());
  return kPipelineBegins + (kWritingBegins - kPipelineBegins) * pipeline / (pipeline + policies);
}

// Spread over the data, so that a warm-up touches the weights of all intents.
Json WarmupMessages(const NluData& data) {
  Json messages = Json::List();
  size_t stride = std::max<size_t>(1, data.examples.size() / kWarmupMessages);
  for (size_t i = 0; i < data.examples.size() && messages.size() < kWarmupMessages; i += stride) {
    messages.Append(data.examples[i].text);
  }
  return messages;
}

Json DescribeConfig(const AssistantConfig& config) {
  auto list = [](const std::vector<ComponentConfig>& components) {
    Json names = Json::List();
    for (const ComponentConfig& component : components) {
      Json entry = component.parameters;
      names.Append(entry.Set("name", component.name));
    }
    return names;
  };
  return Json::Object({{"recipe", config.recipe},
                       {"language", config.language},
                       {"pipeline", list(config.pipeline)},
                       {"policies", list(config.policies)}});
}

Error SourceInvalid(const Diagnostics& diagnostics) {
  return {ErrorCode::kInvalidArgument, "source_invalid",
          "the source has " + std::to_string(diagnostics.error_count()) + " error(s)",
          "see the diagnostics; nothing was written"};
}

Error Cancelled() { return {ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"}; }

}  // namespace

std::string_view EngineVersion() { return "0.1.0"; }

std::string NewModelName(double now, uint64_t seed) {
  static constexpr const char* kFirst[] = {"amber", "brisk", "calm", "daring", "early",  "fair",  "gentle", "honest",
                                           "icy",   "jolly", "keen", "lucid",  "mellow", "noble", "olive",  "quiet"};
  static constexpr const char* kSecond[] = {"arbor",  "brook", "comet",  "dune",  "ember", "fjord",  "grove", "harbor",
                                            "island", "lamp",  "meadow", "orbit", "pine",  "quartz", "river", "stage"};
  Random random(seed);
  std::time_t time = static_cast<std::time_t>(now);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
  return std::string(stamp) + "-" + kFirst[random.Below(16)] + "-" + kSecond[random.Below(16)];
}

Result<TrainedModel> TrainModel(const Source& source, const ComponentRegistry& components,
                                const TrainModelOptions& options, Diagnostics& diagnostics) {
  auto begin = std::chrono::steady_clock::now();
  SteadyProgress progress(options.progress);
  ParallelFor parallel = OnThreads(options.threads);
  PipelineGraph graph = BuildPipelineGraph(source, components, diagnostics);
  if (diagnostics.has_errors()) return SourceInvalid(diagnostics);

  Json metrics = Json::Object();
  const double policies_begin = PoliciesBegin(source.data);
  ProgressShare pipeline_progress(&progress, "", kPipelineBegins, policies_begin);
  NluTrainOptions nlu_options{
      .seed = options.seed, .parallel_for = parallel, .progress = &pipeline_progress, .previous = options.previous};
  GR_ASSIGN(std::unique_ptr<NluModel> nlu,
            NluModel::Train(source, graph, components, nlu_options, diagnostics, metrics));
  if (progress.cancelled()) return Cancelled();

  ProgressShare policy_progress(&progress, "policies", policies_begin, kWritingBegins);
  policy_progress.Report("", 0);
  PolicyTrainContext context{.source = &source,
                             .seed = options.seed,
                             .parallel_for = parallel,
                             .progress = &policy_progress,
                             .diagnostics = &diagnostics,
                             .metrics = &metrics};
  GR_ASSIGN(std::unique_ptr<Ensemble> ensemble, Ensemble::Train(source, context, diagnostics));
  if (diagnostics.has_errors()) return SourceInvalid(diagnostics);
  if (progress.cancelled()) return Cancelled();

  progress.Report("writing the package", kWritingBegins);
  TrainedModel trained{.path = options.output, .fingerprint = Fingerprint(source), .metrics = metrics};
  trained.reused_components = static_cast<size_t>(metrics["reused_components"].AsInt());
  metrics.Erase("reused_components");  // depends on what was there before, not on the source
  PackageDraft draft;
  draft.manifest = Json::Object({{"engine", std::string(EngineVersion())},
                                 {"assistant_id", source.config.assistant_id},
                                 {"fingerprint", trained.fingerprint},
                                 {"seed", options.seed},
                                 {"config", DescribeConfig(source.config)},
                                 {"metrics", metrics}});
  draft.parts.emplace_back("domain.json", source.domain.ToJson().Dump());
  draft.parts.emplace_back("warmup.json", WarmupMessages(source.data.nlu).Dump());
  nlu->Save(draft);
  ensemble->Save(draft);
  trained.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  draft.trailer = Json::Object({{"name", options.name}, {"seconds", trained.seconds}});
  GR_ASSIGN(trained.digest, WritePackage(draft, options.output));
  progress.Report("done", 1.0);
  return trained;
}

}  // namespace greenroom
