#include "pipeline/nlu_model.h"

#include <algorithm>

#include "base/digest.h"

namespace greenroom {
namespace {

// Puts the blobs of one component into the draft as "nlu/<id>/<name>".
class DraftWriter final : public BlobWriter {
 public:
  DraftWriter(PackageDraft& draft, std::string prefix) : draft_(draft), prefix_(std::move(prefix)) {}
  void Put(std::string name, std::string bytes) override {
    draft_.parts.emplace_back(prefix_ + name, std::move(bytes));
  }

 private:
  PackageDraft& draft_;
  std::string prefix_;
};

std::string PartPrefix(const std::string& id) { return "nlu/" + id; }

Json NamesToJson(const std::vector<std::string>& names) {
  Json list = Json::List();
  for (const std::string& name : names) list.Append(name);
  return list;
}

std::vector<std::string> NamesFromJson(const Json& list) {
  std::vector<std::string> names;
  for (const Json& name : list.array()) names.push_back(name.AsString());
  return names;
}

PipelineGraph GraphFromJson(const Json& list) {
  PipelineGraph graph;
  for (const Json& node : list.array()) {
    graph.nodes.push_back({.id = node["id"].AsString(),
                           .component = node["component"].AsString(),
                           .parameters = node["parameters"],
                           .fingerprint = node["fingerprint"].AsString()});
  }
  return graph;
}

Error UnknownComponent(const std::string& name) {
  return {ErrorCode::kInvalidArgument, "package_component_unknown",
          "the model needs a component `" + name + "` that this version does not have",
          "train the assistant again with this version"};
}

enum class TokensShown { kNo, kYes };

void FinishParse(const MessageState& message, TokensShown shown, Parse& parse) {
  parse.text = message.text;
  if (!parse.intent.confidence) parse.intent.confidence = 0.0;
  if (shown == TokensShown::kNo) return parse.tokens.clear();
  if (!parse.tokens.empty()) return;
  parse.tokens.reserve(message.tokens.size());
  for (const Token& token : message.tokens) parse.tokens.emplace_back(token.start, token.end);
}

// Recorded from Rasa: without a featurizer the result has no text_tokens.
bool HasFeaturizer(const PipelineGraph& graph, const ComponentRegistry& registry) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const PipelineNode& node) {
    const ComponentFactory* factory = registry.Find(node.component);
    return factory != nullptr && factory->spec.kind == ComponentKind::kFeaturizer;
  });
}

Error TrainingCancelled() { return {ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"}; }

// Relative to the other nodes, for progress only. What learns weights reads features, or tags tokens, and takes nearly
// all of the time.
double ExpectedCost(const PipelineNode& node, const ComponentRegistry& registry) {
  const ComponentFactory* factory = registry.Find(node.component);
  if (factory == nullptr) return 1;
  const ComponentKind needed =
      factory->spec.kind == ComponentKind::kExtractor ? ComponentKind::kTokenizer : ComponentKind::kFeaturizer;
  const std::vector<ComponentKind>& before = factory->spec.requires_before;
  return std::find(before.begin(), before.end(), needed) == before.end() ? 1 : 200;
}

// Trains the nodes of a graph in order; nodes that the previous package holds with the same fingerprint are loaded.
class Trainer {
 public:
  Trainer(const Source& source, const ComponentRegistry& registry, NluTrainOptions& options, Diagnostics& diagnostics,
          Json& metrics)
      : source_(source), registry_(registry), options_(options), diagnostics_(diagnostics), metrics_(metrics) {
    if (options_.previous != nullptr) previous_ = GraphFromJson(options_.previous->manifest()["nlu"]["graph"]);
    for (const NluExample& example : source.data.nlu.examples) {
      messages_.push_back({.text = example.text, .gold = &example});
    }
  }

  Result<std::unique_ptr<Component>> TrainNode(const PipelineNode& node, TrainProgress& progress) {
    if (progress.cancelled()) return TrainingCancelled();
    progress.Report("", 0);
    const ComponentFactory* factory = registry_.Find(node.component);
    if (factory == nullptr) return UnknownComponent(node.component);
    Json measured = Json::Object();
    std::unique_ptr<Component> component = Reuse(node, *factory);
    measured.Set("reused", component != nullptr);
    if (component == nullptr) {
      TrainContext context = MakeContext(node, progress, measured);
      GR_ASSIGN(component, factory->train(context));
      if (progress.cancelled()) return TrainingCancelled();
    }
    component->ProcessTraining(messages_);
    metrics_.Set(node.id, std::move(measured));
    progress.Report("", 1);
    return component;
  }

  bool reused() const { return reused_; }

 private:
  TrainContext MakeContext(const PipelineNode& node, TrainProgress& progress, Json& measured) {
    return {.source = &source_,
            .parameters = node.parameters,
            .messages = messages_,
            .seed = options_.seed,
            .parallel_for = options_.parallel_for,
            .progress = &progress,
            .diagnostics = &diagnostics_,
            .metrics = &measured};
  }

  // A damaged or older blob is no reason to fail: the component is trained instead.
  std::unique_ptr<Component> Reuse(const PipelineNode& node, const ComponentFactory& factory) {
    for (const PipelineNode& old : previous_.nodes) {
      if (old.fingerprint != node.fingerprint || old.component != node.component) continue;
      Result<std::unique_ptr<Component>> loaded =
          factory.load(node.parameters, *options_.previous->Under(PartPrefix(old.id)));
      if (!loaded.ok()) continue;
      reused_ = true;
      return std::move(loaded).value();
    }
    return nullptr;
  }

  const Source& source_;
  const ComponentRegistry& registry_;
  NluTrainOptions& options_;
  Diagnostics& diagnostics_;
  Json& metrics_;
  PipelineGraph previous_;
  std::vector<MessageState> messages_;
  bool reused_ = false;
};

}  // namespace

Result<std::unique_ptr<NluModel>> NluModel::Train(const Source& source, const PipelineGraph& graph,
                                                  const ComponentRegistry& registry, NluTrainOptions options,
                                                  Diagnostics& diagnostics, Json& metrics) {
  if (!options.parallel_for) {
    options.parallel_for = [](size_t count, const std::function<void(size_t)>& task) {
      for (size_t i = 0; i < count; ++i) task(i);
    };
  }
  auto model = std::unique_ptr<NluModel>(new NluModel());
  model->graph_ = graph;
  model->shows_tokens_ = HasFeaturizer(graph, registry);
  for (PipelineNode& node : model->graph_.nodes)
    node.fingerprint = Sha256Hex(node.fingerprint + "\n" + std::to_string(options.seed));
  for (const IntentDef& intent : source.domain.intents) model->intents_.push_back(intent.name);
  for (const EntityDef& entity : source.domain.entities) model->entities_.push_back(entity.name);

  Trainer trainer(source, registry, options, diagnostics, metrics);
  double total = 0, done = 0;
  for (const PipelineNode& node : model->graph_.nodes) total += ExpectedCost(node, registry);
  for (const PipelineNode& node : model->graph_.nodes) {
    const double after = done + ExpectedCost(node, registry);
    ProgressShare progress(options.progress, node.component, done / total, after / total);
    GR_ASSIGN(std::unique_ptr<Component> component, trainer.TrainNode(node, progress));
    model->components_.push_back(std::move(component));
    done = after;
  }
  if (trainer.reused()) model->package_ = options.previous;
  return model;
}

Result<std::unique_ptr<NluModel>> NluModel::Load(std::shared_ptr<const Package> package,
                                                 const ComponentRegistry& registry) {
  auto model = std::unique_ptr<NluModel>(new NluModel());
  const Json& stored = package->manifest()["nlu"];
  model->graph_ = GraphFromJson(stored["graph"]);
  model->shows_tokens_ = HasFeaturizer(model->graph_, registry);
  model->intents_ = NamesFromJson(stored["intents"]);
  model->entities_ = NamesFromJson(stored["entities"]);
  for (const PipelineNode& node : model->graph_.nodes) {
    const ComponentFactory* factory = registry.Find(node.component);
    if (factory == nullptr) return UnknownComponent(node.component);
    Result<std::unique_ptr<Component>> component = factory->load(node.parameters, *package->Under(PartPrefix(node.id)));
    if (!component.ok()) return std::move(component).error().With("while loading component " + node.id);
    model->components_.push_back(std::move(component).value());
  }
  model->package_ = std::move(package);
  return model;
}

Parse NluModel::ParseMessage(std::string_view text) const {
  if (std::optional<Parse> slash = ParseSlashMessage(text, intents_, entities_)) return std::move(*slash);
  MessageState message{.text = std::string(text)};
  for (const std::unique_ptr<Component>& component : components_) component->Process(message);
  FinishParse(message, shows_tokens_ ? TokensShown::kYes : TokensShown::kNo, message.parse);
  return std::move(message.parse);
}

void NluModel::Save(PackageDraft& draft) const {
  draft.manifest.Set("nlu", Json::Object({{"graph", graph_.ToJson()},
                                          {"intents", NamesToJson(intents_)},
                                          {"entities", NamesToJson(entities_)}}));
  for (size_t i = 0; i < components_.size(); ++i) {
    DraftWriter writer(draft, PartPrefix(graph_.nodes[i].id) + "/");
    components_[i]->Save(writer);
  }
}

}  // namespace greenroom
