#include "serving/reconciler.h"

#include <chrono>

#include "base/log.h"

namespace greenroom {
namespace {

// Another process may move a tag in the same store; polling finds it. Moves in this process wake us at once.
constexpr auto kPollInterval = std::chrono::seconds(5);
constexpr char kAssistant[] = "default";

void ForgetDrained(Environments::Slot& slot) {
  std::erase_if(slot.draining, [](const auto& model) { return model.expired(); });
}

}  // namespace

void Reconciler::ReadWanted() {
  auto wanted = registry_.ListEnvironments(kAssistant);
  if (!wanted) {
    Log(LogLevel::kError, "reconciler_read_failed",
        {{"reason", wanted.error().reason}, {"message", wanted.error().message}});
    return;
  }
  std::vector<Environments::Slot> removed;  // destroyed after the lock is released
  environments_.With([&](Environments::Slots& slots) {
    std::map<std::string, const EnvironmentRecord*> embedded;
    for (const EnvironmentRecord& record : *wanted) {
      if (record.url.empty()) embedded[record.name] = &record;
    }
    for (auto slot = slots.begin(); slot != slots.end();) {
      if (embedded.contains(slot->first)) {
        ++slot;
        continue;
      }
      removed.push_back(std::move(slot->second));
      slot = slots.erase(slot);
    }
    for (const auto& [name, record] : embedded) {
      Environments::Slot& slot = slots[name];
      slot.snapshot.wanted = record->wanted_model;
      if (slot.snapshot.failed != slot.snapshot.wanted) slot.snapshot.failed = std::nullopt;
      slot.wanted_epoch = record->epoch;
      ForgetDrained(slot);
    }
  });
}

int Reconciler::Tick() {
  ReadWanted();
  auto steps = environments_.With([](Environments::Slots& slots) {
    std::vector<std::pair<std::string, RolloutStep>> next;
    for (const auto& [name, slot] : slots) {
      if (auto step = NextStep(slot.snapshot)) next.emplace_back(name, *step);
    }
    return next;
  });
  for (const auto& [name, step] : steps) Perform(name, step);
  return static_cast<int>(steps.size());
}

void Reconciler::Perform(const std::string& environment, const RolloutStep& step) {
  using Kind = RolloutStep::Kind;
  std::shared_ptr<const LiveModel> retired;  // destroyed after the lock is released
  if (step.kind == Kind::kLoad) return Load(environment, step.model);
  if (step.kind == Kind::kSwitch) return Switch(environment);
  if (step.kind == Kind::kWarmUp) {
    auto model = environments_.With([&](Environments::Slots& slots) { return slots[environment].prepared; });
    if (model) WarmUp(*model);
  }
  environments_.With([&](Environments::Slots& slots) {
    Environments::Slot& slot = slots[environment];
    if (step.kind == Kind::kWarmUp) slot.snapshot.warm = std::exchange(slot.snapshot.loaded, std::nullopt);
    if (step.kind == Kind::kDiscard) {
      retired = std::move(slot.prepared);
      slot.snapshot.loaded = slot.snapshot.warm = std::nullopt;
    }
    if (step.kind == Kind::kStopServing) {
      retired = std::move(slot.serving);
      slot.snapshot.serving = std::nullopt;
      slot.epoch = slot.wanted_epoch;
    }
  });
}

void Reconciler::Load(const std::string& environment, const std::string& model) {
  std::shared_ptr<const LiveModel> kept = environments_.With([&](Environments::Slots& slots) {
    auto previous = slots[environment].previous;
    return previous && previous->name == model ? previous : nullptr;
  });
  auto loaded = kept ? Result<std::shared_ptr<const LiveModel>>(kept) : loader_.Load(kAssistant, model);
  if (!loaded) {
    Log(LogLevel::kError, "model_load_failed",
        {{"environment", environment},
         {"model", model},
         {"reason", loaded.error().reason},
         {"message", loaded.error().message}});
  }
  environments_.With([&](Environments::Slots& slots) {
    Environments::Slot& slot = slots[environment];
    if (!loaded) {
      slot.snapshot.failed = model;
      slot.failure = loaded.error().reason + ": " + loaded.error().message;
      return;
    }
    slot.prepared = *loaded;
    (kept ? slot.snapshot.warm : slot.snapshot.loaded) = model;
  });
}

void Reconciler::Switch(const std::string& environment) {
  std::shared_ptr<const LiveModel> dropped;
  std::string from, to;
  environments_.With([&](Environments::Slots& slots) {
    Environments::Slot& slot = slots[environment];
    from = slot.snapshot.serving.value_or("");
    to = slot.snapshot.warm.value_or("");
    if (slot.serving) slot.draining.push_back(slot.serving);
    dropped = std::exchange(slot.previous, std::move(slot.serving));
    slot.serving = std::move(slot.prepared);
    slot.snapshot.serving = std::exchange(slot.snapshot.warm, std::nullopt);
    slot.snapshot.failed = std::nullopt;
    slot.failure.clear();
    slot.epoch = slot.wanted_epoch;
    slot.since = clock_.NowSeconds();
  });
  Log(LogLevel::kInfo, "environment_switched", {{"environment", environment}, {"from", from}, {"to", to}});
}

void Reconciler::Settle() {
  while (Tick() > 0) {
  }
}

void Reconciler::Run() {
  while (true) {
    Settle();
    MutexLock lock(wake_mutex_);
    wake_.WaitFor(wake_mutex_, kPollInterval, [this]() REQUIRES_LOCK(wake_mutex_) { return woken_ || stopping_; });
    woken_ = false;
    if (stopping_) return;
  }
}

void Reconciler::Wake() {
  {
    MutexLock lock(wake_mutex_);
    woken_ = true;
    wake_.NotifyOne();
  }
  on_wake_();
}

void Reconciler::Stop() {
  MutexLock lock(wake_mutex_);
  stopping_ = true;
  wake_.NotifyOne();
}

}  // namespace greenroom
