#include "brokers/event_brokers.h"

#include "base/log.h"
#include "brokers/open_broker.h"

namespace greenroom {
namespace {

constexpr auto kFiguresEvery = std::chrono::minutes(1);

void LogNotes(const BrokerSettings& settings) {
  for (const std::string& note : settings.notes)
    Log(LogLevel::kInfo, "broker_key_without_effect", {{"broker", PlaceOf(settings)}, {"note", note}});
}

}  // namespace

Result<BrokerTraffic> ReadBrokerTraffic(const Json& event_broker, const Json& event_intake,
                                        const VariableLookup& variables) {
  BrokerTraffic traffic;
  if (!event_broker.is_null()) {
    auto read = ReadBrokerSettings(event_broker, BrokerRole::kSend, variables);
    if (!read) return std::move(read).error().With("event_broker");
    traffic.out = std::move(*read);
  }
  GR_ASSIGN(traffic.in, ReadIntakes(event_intake, variables));
  Json installed = IntakeFromVariables(variables);
  if (installed.is_null()) return traffic;
  auto read = ReadBrokerSettings(installed, BrokerRole::kReceive, variables);
  if (!read) return std::move(read).error().With("the variables RABBITMQ_...");
  traffic.in.push_back(std::move(*read));
  return traffic;
}

Result<std::unique_ptr<EventBrokers>> EventBrokers::Create(BrokerParts parts, BrokerTraffic traffic) {
  auto brokers = std::unique_ptr<EventBrokers>(new EventBrokers(std::move(parts)));
  if (traffic.out) {
    LogNotes(*traffic.out);
    Log(LogLevel::kInfo, "events_go_out", {{"broker", PlaceOf(*traffic.out)}});
    brokers->publisher_ = MakePublisher(*traffic.out);
    brokers->relay_ = std::make_unique<EventRelay>(RelayOptions{.server = brokers->parts_.server},
                                                   brokers->parts_.outbox, *brokers->publisher_);
  } else {
    GR_ASSIGN(int64_t dropped, brokers->parts_.outbox.Drop(kBrokerSink));
    if (dropped > 0) Log(LogLevel::kInfo, "outbox_dropped", {{"rows", std::to_string(dropped)}});
  }
  for (const BrokerSettings& settings : traffic.in) brokers->AddSource(settings);
  return brokers;
}

void EventBrokers::AddSource(const BrokerSettings& settings) {
  LogNotes(settings);
  Log(LogLevel::kInfo, "events_come_in", {{"broker", PlaceOf(settings)}});
  Source source{.name = PlaceOf(settings), .consumer = MakeConsumer(settings)};
  source.loop = std::make_unique<IntakeLoop>(*source.consumer, intake_,
                                             IntakeOptions{.name = source.name,
                                                           .default_environment = settings.environment,
                                                           .own_server = parts_.server,
                                                           .exists = parts_.environment_exists});
  sources_.push_back(std::move(source));
}

void EventBrokers::Start() {
  if (relay_) threads_.emplace_back([this] { relay_->Run(); });
  for (Source& source : sources_) threads_.emplace_back([loop = source.loop.get()] { loop->Run(); });
  if (!threads_.empty()) threads_.emplace_back([this] { LogFigures(); });
}

void EventBrokers::LogFigures() {
  std::string last;
  bool over = false;
  while (!over) {
    {
      MutexLock lock(mutex_);
      over = changed_.WaitFor(mutex_, kFiguresEvery, [this]() REQUIRES_LOCK(mutex_) { return stopping_; });
    }
    std::string now = Describe().Dump();
    if (now != last) Log(LogLevel::kInfo, "broker_figures", {{"figures", now}});
    last = std::move(now);
  }
}

void EventBrokers::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (relay_) relay_->Stop();
  for (Source& source : sources_) source.loop->Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Json EventBrokers::Describe() const {
  Json out, in = Json::List();
  if (relay_) {
    RelayFigures figures = relay_->figures();
    auto waiting = parts_.outbox.Count(kBrokerSink);
    out = Json::Object({{"waiting", waiting ? Json(*waiting) : Json()},
                        {"sent", figures.sent},
                        {"refused", figures.refused},
                        {"failures", figures.failures}});
  }
  for (const Source& source : sources_) {
    IntakeFigures figures = source.loop->figures();
    in.Append(Json::Object({{"source", source.name},
                            {"taken", figures.taken},
                            {"known", figures.known},
                            {"own", figures.own},
                            {"rejected", figures.rejected},
                            {"failures", figures.failures}}));
  }
  return Json::Object({{"out", std::move(out)}, {"in", std::move(in)}});
}

}  // namespace greenroom
