#include "nlu/response_selector.h"

#include <algorithm>
#include <set>

#include "nlu/component_blobs.h"
#include "nlu/intent_classifier.h"
#include "nlu/intent_model.h"
#include "nlu/language_training.h"
#include "nlu/learned_bytes.h"
#include "nlu/without_effect.h"

namespace greenroom {
namespace {

constexpr int64_t kRankingLength = 10;
constexpr const char* kAllIntents = "all_retrieval_intents";

Json ResponseToJson(const ResponseVariation& variation) {
  Json json = variation.content.is_object() ? variation.content : Json::Object();
  if (!variation.channel.empty()) json.Set("channel", variation.channel);
  if (variation.text) json.Set("text", *variation.text);
  return json;
}

// {"all_retrieval_intents": [...], "responses": {key: [variations]}} for the classes of the model.
Json CollectResponses(const Source& source) {
  std::set<std::string> intents, keys;
  for (const NluExample& example : source.data.nlu.examples) {
    if (example.response_key.empty()) continue;
    intents.insert(example.intent);
    keys.insert(example.response_key);
  }
  Json all = Json::List();
  for (const std::string& intent : intents) all.Append(intent);
  Json responses = Json::Object();
  for (const std::string& key : keys) {
    Json variations = Json::List();
    const auto found = source.domain.responses.find("utter_" + key);
    if (found != source.domain.responses.end()) {
      for (const ResponseVariation& variation : found->second) variations.Append(ResponseToJson(variation));
    }
    responses.Set(key, std::move(variations));
  }
  return Json::Object({{kAllIntents, std::move(all)}, {"responses", std::move(responses)}});
}

class ResponseSelector final : public Component {
 public:
  static Result<std::unique_ptr<Component>> Open(const Json& parameters, LearnedBytes intents, Json responses) {
    auto selector = std::make_unique<ResponseSelector>();
    selector->bytes_ = std::move(intents);
    selector->responses_ = std::move(responses);
    const std::string& intent = parameters["retrieval_intent"].AsString();
    selector->key_ = intent.empty() ? "default" : intent;
    selector->ranking_length_ =
        static_cast<size_t>(std::max<int64_t>(parameters["ranking_length"].AsInt(kRankingLength), 0));
    if (!selector->bytes_.view().empty()) {
      GR_ASSIGN(selector->model_, IntentModel::Open(selector->bytes_.view()));
    }
    return std::unique_ptr<Component>(std::move(selector));
  }

  void Process(MessageState& message) const override {
    if (model_.classes().empty()) return Add(message, NoResponse(), Json::List());
    Parse ranked;
    SetIntentRanking(model_.classes(), model_.Predict(message).probabilities, ranking_length_, ranked);
    Json ranking = Json::List();
    for (const IntentScore& score : ranked.ranking) {
      ranking.Append(Json::Object({{"confidence", *score.confidence}, {"intent_response_key", score.name}}));
    }
    Add(message, MakeResponse(ranked.intent), std::move(ranking));
  }

  void ProcessTraining(std::span<MessageState>) const override {}

  void Save(BlobWriter& blobs) const override {
    blobs.Put("intents", std::string(bytes_.view()));
    blobs.Put("responses.json", responses_.Dump());
  }

 private:
  void Add(MessageState& message, Json response, Json ranking) const {
    Json& out = message.parse.response_selector;
    if (!out.is_object()) out = Json::Object();
    out.Set(kAllIntents, responses_[kAllIntents]);
    out.Set(key_, Json::Object({{"response", std::move(response)}, {"ranking", std::move(ranking)}}));
  }
  // As recorded from a project without retrieval intents.
  static Json NoResponse() {
    return Json::Object(
        {{"responses", {}}, {"confidence", 0.0}, {"intent_response_key", {}}, {"utter_action", "utter_None"}});
  }
  Json MakeResponse(const IntentScore& best) const {
    return Json::Object({{"responses", responses_["responses"][best.name]},
                         {"confidence", *best.confidence},
                         {"intent_response_key", best.name},
                         {"utter_action", "utter_" + best.name}});
  }

  LearnedBytes bytes_;
  IntentModel model_;
  Json responses_;
  std::string key_;
  size_t ranking_length_ = 0;
};

std::vector<ParameterSpec> Parameters() {
  using Kind = ParameterSpec::Kind;
  std::vector<ParameterSpec> parameters = {
      {.kind = Kind::kString, .name = "retrieval_intent"},
      {.kind = Kind::kInt, .name = "ranking_length", .default_value = kRankingLength, .min = 0, .max = 1e6},
      {.kind = Kind::kInt, .name = "random_seed"}};
  AddWithoutEffect(parameters, kTransformerParameters);
  AddWithoutEffect(parameters, {"use_text_as_label"});
  return parameters;
}

Result<std::unique_ptr<Component>> Train(TrainContext& context) {
  const std::string intent = context.parameters["retrieval_intent"].AsString();
  GR_ASSIGN(LanguageBlobs blobs,
            TrainLanguage(context, {.entities = false, .label_of = [intent](const NluExample& example) {
                                      return intent.empty() || example.intent == intent ? example.response_key
                                                                                        : std::string();
                                    }}));
  return ResponseSelector::Open(context.parameters, LearnedBytes::Owned(std::move(blobs.intents)),
                                CollectResponses(*context.source));
}

Result<std::unique_ptr<Component>> Load(const Json& parameters, const BlobReader& blobs) {
  GR_ASSIGN(const std::string_view intents, blobs.Get("intents"));
  GR_ASSIGN(const std::string_view text, blobs.Get("responses.json"));
  GR_ASSIGN(Json responses, ParseJson(text, kBlobLimits));
  return ResponseSelector::Open(parameters, LearnedBytes::Borrowed(intents), std::move(responses));
}

}  // namespace

ComponentFactory ResponseSelectorFactory() {
  ComponentFactory factory;
  factory.spec = {.name = "ResponseSelector",
                  .kind = ComponentKind::kSelector,
                  .parameters = Parameters(),
                  .requires_before = {ComponentKind::kTokenizer, ComponentKind::kFeaturizer}};
  factory.train = Train;
  factory.load = Load;
  return factory;
}

}  // namespace greenroom
