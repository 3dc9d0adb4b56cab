// Test support of the learning components: blobs in memory, small annotated examples and a pipeline of tokenizer and
// word and character features around the component under test.
//
//   LearningBench bench;
//   bench.source.data.nlu.examples.push_back(Annotated("travel", "fly from [Rome](city:origin)"));
//   auto component = bench.Train(DietClassifierFactory());
//   Parse parse = bench.ParseWith(**component, "fly from Oslo");
//
// What a test may set before Train: source, parallel_for, progress. What it may look at after: blobs, metrics.
// Thread rules: one per test.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlu/count_vectors_featurizer.h"
#include "nlu/whitespace_tokenizer.h"
#include "pipeline/component.h"

namespace greenroom {

// The blobs of one component, as the package would keep them.
class MemoryBlobs final : public BlobWriter, public BlobReader {
 public:
  void Put(std::string name, std::string bytes) override { blobs[std::move(name)] = std::move(bytes); }
  Result<std::string_view> Get(std::string_view name) const override {
    const auto found = blobs.find(name);
    if (found == blobs.end()) return Error{ErrorCode::kDataLoss, "model_part_missing", "absent"};
    return std::string_view(found->second);
  }
  std::map<std::string, std::string, std::less<>> blobs;
};

// Code points of a UTF-8 text: offsets of entities count them, not bytes.
// Example: "Zürich" has six.
// Malformed bytes do not occur in tests.
inline int CharactersOf(std::string_view text) {
  int count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

// Turns the notation of nlu files into an example of one intent.
// What it cannot read stays text.
// "from [Rome](city:origin)" -> text and entity; a role may follow the type after a colon.
inline NluExample Annotated(std::string intent, std::string_view line) {
  NluExample example{.text = "", .intent = std::move(intent)};
  while (!line.empty()) {
    const size_t middle = line[0] == '[' ? line.find("](") : std::string_view::npos;
    if (middle == std::string_view::npos) {
      example.text += line[0];
      line.remove_prefix(1);
      continue;
    }
    const size_t end = line.find(')');
    const std::string value(line.substr(1, middle - 1)), label(line.substr(middle + 2, end - middle - 2));
    const int start = CharactersOf(example.text);
    example.text += value;
    const size_t colon = label.find(':');
    example.entities.push_back({.entity = label.substr(0, colon),
                                .value = value,
                                .start = start,
                                .end = start + CharactersOf(value),
                                .role = colon == std::string::npos ? "" : label.substr(colon + 1)});
    line.remove_prefix(end + 1);
  }
  return example;
}

// A source, the components that stand before the one under test, and what its training left.
// It is as a user would build it: tokenizer, words, characters.
// Every train starts from the same components, so two trainings of one source can be compared byte by byte.
class LearningBench {
 public:
  LearningBench() {
    Add(WhitespaceTokenizerFactory(), Json::Object());
    Add(CountVectorsFeaturizerFactory(), Json::Object());
    Add(CountVectorsFeaturizerFactory(), Json::Object({{"analyzer", "char_wb"}}));
  }

  // Trains and stores into `blobs`.
  Result<std::unique_ptr<Component>> Train(const ComponentFactory& factory, Json parameters = Json::Object()) {
    std::vector<MessageState> messages;
    for (const NluExample& example : source.data.nlu.examples) {
      messages.push_back({.text = example.text, .gold = &example});
      for (const auto& component : before_) component->Process(messages.back());
    }
    parameters_ =
        ResolveParameters(factory.spec, {.name = factory.spec.name, .parameters = std::move(parameters)}, diagnostics);
    TrainContext context{.source = &source,
                         .parameters = parameters_,
                         .messages = messages,
                         .parallel_for = parallel_for,
                         .progress = progress,
                         .diagnostics = &diagnostics,
                         .metrics = &metrics};
    GR_ASSIGN(std::unique_ptr<Component> component, factory.train(context));
    blobs.blobs.clear();
    component->Save(blobs);
    return component;
  }

  // Loads what the last Train stored, with the same parameters.
  Result<std::unique_ptr<Component>> Load(const ComponentFactory& factory) { return factory.load(parameters_, blobs); }

  // The message through the whole little pipeline.
  Parse ParseWith(const Component& component, std::string text) const {
    MessageState message{.text = std::move(text)};
    for (const auto& earlier : before_) earlier->Process(message);
    component.Process(message);
    return message.parse;
  }

  // Set before Train.
  Source source;
  Diagnostics diagnostics;
  Json metrics = Json::Object();
  ParallelFor parallel_for;
  TrainProgress* progress = nullptr;
  // Left by Train: what it stored, measured and complained about.
  MemoryBlobs blobs;

 private:
  void Add(const ComponentFactory& factory, Json parameters) {
    TrainContext context{
        .source = &source,
        .parameters = ResolveParameters(factory.spec, {.name = factory.spec.name, .parameters = std::move(parameters)},
                                        diagnostics),
        .diagnostics = &diagnostics};
    before_.push_back(std::move(factory.train(context)).value());
  }
  std::vector<std::unique_ptr<Component>> before_;
  Json parameters_;
};

}  // namespace greenroom
