// Makes the publisher or the consumer of the broker that settings name. Neither connects yet: a broker that is away
// never stops a start.
//
//   std::unique_ptr<EventPublisher> publisher = MakePublisher(settings);
//
// Thread rules: pure functions.
#pragma once

#include <memory>

#include "brokers/broker.h"
#include "brokers/broker_settings.h"

namespace greenroom {

std::unique_ptr<EventPublisher> MakePublisher(const BrokerSettings& settings);
std::unique_ptr<EventConsumer> MakeConsumer(const BrokerSettings& settings);

}  // namespace greenroom
