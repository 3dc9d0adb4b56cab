#include "serving/model_loader.h"

#include "base/json.h"
#include "pipeline/package.h"

namespace greenroom {

Result<std::shared_ptr<const LiveModel>> PackageModelLoader::Load(const std::string& assistant,
                                                                  const std::string& model) {
  GR_ASSIGN(ModelRecord record, registry_.GetModel(assistant, model));
  if (auto alive = alive_[record.digest].lock()) return alive;
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(data_directory_ + "/" + record.path));
  if (package->digest() != record.digest) {
    return Error{ErrorCode::kDataLoss, "model_digest_mismatch",
                 "the package of `" + model + "` is not the one that was registered",
                 "restore the file " + record.path + " or train again"};
  }
  GR_ASSIGN(std::shared_ptr<const LiveModel> loaded, LoadLiveModel(package, components_));
  auto named = std::make_shared<LiveModel>(*loaded);
  named->name = record.name;
  alive_[record.digest] = named;
  return std::shared_ptr<const LiveModel>(named);
}

void WarmUp(const LiveModel& model) {
  auto part = model.package->Part("warmup.json");
  if (!part) return;
  auto messages = ParseJson(*part, {.bytes = 16u << 20, .depth = 8, .nodes = 100'000});
  if (!messages) return;
  auto tracker = std::make_shared<Tracker>(model.slot_table, "warm-up");
  for (const Json& text : messages->array()) {
    TurnInput input{.conversation_id = "warm-up",
                    .message = {.conversation_id = "warm-up", .text = text.AsString()},
                    .tracker = tracker,
                    .now = 1};
    input.message.parse = ParseForTurn(model, input.message);
    RunTurn(model, input, {});
  }
}

}  // namespace greenroom
