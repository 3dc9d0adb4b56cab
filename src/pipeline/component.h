// Component: one node of an NLU pipeline. Its factory declares its parameters, trains it on data and loads it from the
// named blobs that it stored in a model package; then it processes messages without any shared mutable state.
//
//   ComponentFactory factory = WhitespaceTokenizerFactory();
//   factory.train(context) -> Result<std::unique_ptr<Component>>;  factory.load(parameters, blobs) -> the same
//   component->Process(message);
//
// Registration is explicit: RegisterNluComponents(ComponentRegistry&) in nlu/ lists them; there are no static tricks.
// Thread rules: a trained component is const and safe for concurrent Process calls; what a call needs is in its
// MessageState.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/source.h"
#include "base/json.h"
#include "base/result.h"
#include "conversation/event.h"
#include "pipeline/parallel.h"
#include "pipeline/progress.h"

namespace greenroom {

// A token of a message. Offsets are code points; `text` and `lower` are UTF-8.
struct Token {
  std::string text;
  std::string lower;
  int start = 0;
  int end = 0;
  std::vector<uint32_t> patterns = {};  // indices of regex/lookup patterns that touch this token
};

// What travels through the pipeline for one message: components read and add.
struct MessageState {
  std::string text;
  std::vector<Token> tokens;
  std::vector<uint64_t> word_features;  // hashed feature ids with their block, filled by featurizers
  std::vector<uint64_t> char_features;
  std::vector<uint64_t> extra_features;  // regex and lookup hits
  Parse parse;
  // Training only: the gold annotation of the example this state was made from.
  const NluExample* gold = nullptr;
};

// One declared parameter: kind, default, range. Unknown parameters are diagnostics naming these.
struct ParameterSpec {
  enum class Kind { kBool, kInt, kFloat, kString, kStringList, kAny } kind = Kind::kAny;
  std::string name;
  Json default_value = {};
  double min = 0, max = 0;                // both 0 = unbounded
  std::vector<std::string> choices = {};  // of kString
  // Accepted for compatibility but without meaning for our models: reported once at training (N-code), never silent.
  bool no_effect = false;
};

enum class ComponentKind { kTokenizer, kFeaturizer, kClassifier, kExtractor, kPostProcessor, kSelector };

struct ComponentSpec {
  std::string name;  // "WhitespaceTokenizer"
  ComponentKind kind = ComponentKind::kFeaturizer;
  std::vector<ParameterSpec> parameters = {};
  std::vector<ComponentKind> requires_before = {};  // kinds that must stand earlier in the pipeline
  std::vector<std::string> refused_languages = {};
};

// Writes named blobs of one component ("weights", "vocabulary", "meta.json") into the package being built.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  virtual void Put(std::string name, std::string bytes) = 0;
};

// Reads the blobs of one component. The bytes stay valid as long as the loaded model lives (mapped file).
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  // Error: model_part_missing.
  virtual Result<std::string_view> Get(std::string_view name) const = 0;
};

struct TrainContext {
  const Source* source = nullptr;
  Json parameters = Json::Object();  // defaults merged with the config
  std::span<MessageState> messages;  // training examples as processed by the components before this one
  uint64_t seed = 42;
  ParallelFor parallel_for;
  TrainProgress* progress = nullptr;  // of this component: 0..1; one that iterates reports after each epoch
  Diagnostics* diagnostics = nullptr;
  Json* metrics = nullptr;  // object; a component adds what it measured (quantiles, accuracies)
};

class Component {
 public:
  virtual ~Component() = default;
  virtual void Process(MessageState& message) const = 0;
  // Called during training on all messages after the component was trained; default: Process each.
  virtual void ProcessTraining(std::span<MessageState> messages) const;
  virtual void Save(BlobWriter& blobs) const = 0;
};

struct ComponentFactory {
  ComponentSpec spec;
  std::function<Result<std::unique_ptr<Component>>(TrainContext&)> train;
  std::function<Result<std::unique_ptr<Component>>(const Json& parameters, const BlobReader& blobs)> load;
};

class ComponentRegistry {
 public:
  // Adds a factory; `aliases` are further names under which configs may ask for it.
  void Add(ComponentFactory factory, std::vector<std::string> aliases = {});
  // Finds by name, alias or the last segment of an import path ("rasa.nlu...WhitespaceTokenizer"); nullptr if unknown.
  const ComponentFactory* Find(std::string_view name) const;
  std::vector<std::string> Names() const;

 private:
  std::map<std::string, std::shared_ptr<ComponentFactory>, std::less<>> factories_;
};

// Merges defaults and config; wrong kinds, ranges and unknown names go to the diagnostics with their place (P-codes).
Json ResolveParameters(const ComponentSpec& spec, const ComponentConfig& config, Diagnostics& diagnostics);

}  // namespace greenroom
