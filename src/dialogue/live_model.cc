#include "dialogue/turn.h"

namespace greenroom {
namespace {

// Our own part, whose digest was verified: its size is bounded by the package.
Result<Domain> LoadDomain(const Package& package) {
  GR_ASSIGN(std::string_view bytes, package.Part("domain.json"));
  GR_ASSIGN(Json json, ParseJson(bytes, JsonLimits{.bytes = bytes.size(), .nodes = bytes.size()}));
  return Domain::FromJson(json);
}

}  // namespace

Result<std::shared_ptr<const LiveModel>> LoadLiveModel(std::shared_ptr<const Package> package,
                                                       const ComponentRegistry& components) {
  auto model = std::make_shared<LiveModel>();
  model->digest = package->digest();
  model->name = package->trailer()["name"].AsString();
  model->assistant_id = package->manifest()["assistant_id"].AsString();

  Result<Domain> domain = LoadDomain(*package);
  if (!domain.ok()) return std::move(domain).error().With("while loading the domain");
  model->domain = std::move(domain).value();
  model->domain_text = std::make_shared<const std::string>(model->domain.ToJson().Dump());
  model->slot_table = std::make_shared<const SlotTable>(model->domain.MakeSlotTable());

  Result<std::unique_ptr<NluModel>> nlu = NluModel::Load(package, components);
  if (!nlu.ok()) return std::move(nlu).error().With("while loading the NLU model");
  model->nlu = std::move(nlu).value();

  Result<std::unique_ptr<Ensemble>> ensemble = Ensemble::Load(*package, model->domain);
  if (!ensemble.ok()) return std::move(ensemble).error().With("while loading the policies");
  model->ensemble = std::move(ensemble).value();

  model->package = std::move(package);
  return std::shared_ptr<const LiveModel>(std::move(model));
}

}  // namespace greenroom
