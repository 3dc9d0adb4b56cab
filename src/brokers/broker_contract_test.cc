// What both brokers must do: a real RabbitMQ, and the mock cluster of the Kafka library.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
// Wants the other before it.
#include <librdkafka/rdkafka_mock.h>

#include "brokers/event_message.h"
#include "brokers/kafka_client.h"
#include "brokers/open_broker.h"
#include "brokers/rabbit_server.h"

namespace greenroom {
namespace {

class Cluster {
 public:
  Cluster() : owner_(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)) {
    cluster_ = rd_kafka_mock_cluster_new(owner_.get(), 1);
  }
  ~Cluster() { rd_kafka_mock_cluster_destroy(cluster_); }
  BrokerSettings Settings(std::string topic) const {
    BrokerSettings settings;
    settings.kind = BrokerKind::kKafka;
    settings.servers = rd_kafka_mock_cluster_bootstraps(cluster_);
    settings.security_protocol = "PLAINTEXT";
    settings.partition_by_sender = true;
    settings.topic = topic;
    settings.group_id = "of-" + topic;
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), 1, 1);
    return settings;
  }
  rd_kafka_mock_cluster_t* get() { return cluster_; }

 private:
  KafkaHandle owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

// Both are started once: a RabbitMQ takes seconds.
class BrokerContract : public ::testing::TestWithParam<BrokerKind> {
 protected:
  static void SetUpTestSuite() {
    rabbit_ = RabbitServer::Start();
    cluster_ = std::make_unique<Cluster>();
  }
  static void TearDownTestSuite() {
    rabbit_.reset();
    cluster_.reset();
  }
  void SetUp() override {
    if (GetParam() == BrokerKind::kRabbitMq && !RabbitServer::Installed())
      GTEST_SKIP() << "rabbitmq-server is not installed: apt-get install rabbitmq-server";
    ASSERT_TRUE(rabbit_ || !RabbitServer::Installed()) << "rabbitmq-server does not start";
    std::string place = "test-" + NewId();
    settings_ = GetParam() == BrokerKind::kKafka ? cluster_->Settings(place) : rabbit_->Settings(place);
    settings_.exchange = place;
    publisher_ = MakePublisher(settings_);
    consumer_ = MakeConsumer(settings_);
    // A queue must be there before what is to lie in it.
    ASSERT_TRUE(consumer_->Receive(1, std::chrono::milliseconds(1)).ok());
  }

  static BrokerMessage Message(const std::string& id, const std::string& body = "{}") {
    return {.id = id, .key = "anna", .environment = "staging", .server = "server-1", .body = body};
  }
  std::vector<IncomingMessage> Receive(size_t count, EventConsumer& consumer) {
    std::vector<IncomingMessage> all;
    for (int i = 0; i < 100 && all.size() < count; ++i) {
      auto some = consumer.Receive(count - all.size(), std::chrono::milliseconds(300));
      EXPECT_TRUE(some.ok()) << some.error().message;
      if (!some) break;
      for (IncomingMessage& one : *some) all.push_back(std::move(one));
    }
    return all;
  }

  inline static std::unique_ptr<RabbitServer> rabbit_;
  inline static std::unique_ptr<Cluster> cluster_;
  BrokerSettings settings_;
  std::unique_ptr<EventPublisher> publisher_;
  std::unique_ptr<EventConsumer> consumer_;
};

TEST_P(BrokerContract, WhatIsPublishedArrivesWithAllThatIsSaidOfIt) {
  auto sent = publisher_->Publish({Message("default/staging/anna/1", R"({"sender_id":"anna"})")});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(*sent, std::vector<Delivery>{Delivery::kConfirmed});
  auto received = Receive(1, *consumer_);
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].id, "default/staging/anna/1");
  EXPECT_EQ(received[0].environment, "staging");
  EXPECT_EQ(received[0].server, "server-1");
  EXPECT_EQ(received[0].body, R"({"sender_id":"anna"})");
}

TEST_P(BrokerContract, MessagesArriveInTheOrderInWhichTheyWereConfirmed) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(publisher_->Publish({Message(std::to_string(i))}).ok());
  auto received = Receive(20, *consumer_);
  ASSERT_EQ(received.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(received[static_cast<size_t>(i)].id, std::to_string(i));
}

TEST_P(BrokerContract, ABatchIsConfirmedMessageByMessage) {
  std::vector<BrokerMessage> batch;
  for (int i = 0; i < 300; ++i) batch.push_back(Message(std::to_string(i), std::string(1000, 'x')));
  auto sent = publisher_->Publish(batch);
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(*sent, std::vector<Delivery>(300, Delivery::kConfirmed));
  EXPECT_EQ(Receive(300, *consumer_).size(), 300u);
}

TEST_P(BrokerContract, WhatIsNotSettledComesAgain) {
  ASSERT_TRUE(publisher_->Publish({Message("1")}).ok());
  ASSERT_TRUE(publisher_->Publish({Message("2")}).ok());
  auto first = Receive(1, *consumer_);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_TRUE(consumer_->Settle(first, {}).ok());
  ASSERT_EQ(Receive(1, *consumer_).size(), 1u);
  consumer_ = MakeConsumer(settings_);  // the process died, say
  auto again = Receive(1, *consumer_);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].id, "2");
}

TEST_P(BrokerContract, RejectedMessagesDoNotComeAgain) {
  for (const char* id : {"1", "2", "3"}) ASSERT_TRUE(publisher_->Publish({Message(id)}).ok());
  auto received = Receive(3, *consumer_);
  ASSERT_EQ(received.size(), 3u);
  ASSERT_TRUE(consumer_->Settle(received, {0, 2}).ok());
  ASSERT_TRUE(publisher_->Publish({Message("4")}).ok());
  consumer_ = MakeConsumer(settings_);
  auto next = Receive(1, *consumer_);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].id, "4");
}

TEST_P(BrokerContract, AnInterruptedPublisherSendsNothingMore) {
  publisher_->Interrupt();
  auto sent = publisher_->Publish({Message("1")});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().reason, "cancelled");
}

TEST_P(BrokerContract, AnEmptyPlaceGivesNothingInTime) {
  auto received = consumer_->Receive(10, std::chrono::milliseconds(20));
  ASSERT_TRUE(received.ok());
  EXPECT_TRUE(received->empty());
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerContract, ::testing::Values(BrokerKind::kRabbitMq, BrokerKind::kKafka),
                         [](const auto& broker) { return broker.param == BrokerKind::kKafka ? "Kafka" : "RabbitMq"; });

TEST(BrokerAway, IsAnErrorThatNamesThePlaceAndNoSecret) {
  BrokerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = 1;
  settings.username = "anna";
  settings.password = "very-secret";
  settings.queues = {"q"};
  auto sent = MakePublisher(settings)->Publish({});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().reason, "broker_unreachable");
  EXPECT_NE(sent.error().message.find("127.0.0.1:1"), std::string::npos);
  EXPECT_EQ(sent.error().message.find("very-secret"), std::string::npos);
}

TEST(BrokerRestart, ARealRabbitMqThatIsKilledKeepsWhatItConfirmed) {
  if (!RabbitServer::Installed()) GTEST_SKIP() << "rabbitmq-server is not installed: apt-get install rabbitmq-server";
  auto rabbit = RabbitServer::Start();
  ASSERT_TRUE(rabbit);
  auto publisher = MakePublisher(rabbit->Settings());
  BrokerMessage message{.id = "1", .key = "anna", .environment = "staging", .server = "s", .body = "{}"};
  ASSERT_TRUE(publisher->Publish({message}).ok());
  rabbit->Kill();
  EXPECT_FALSE(publisher->Publish({message}).ok());
  ASSERT_TRUE(rabbit->Restart());
  auto consumer = MakeConsumer(rabbit->Settings());
  auto received = consumer->Receive(1, std::chrono::seconds(5));
  ASSERT_TRUE(received.ok());
  EXPECT_EQ(received->size(), 1u);
  message.id = "2";
  EXPECT_TRUE(publisher->Publish({message}).ok()) << "it connects anew by itself";
}

TEST(KafkaFaults, AMessageTheBrokerDidNotTakeIsSentAgainByTheLibrary) {
  Cluster cluster;
  BrokerSettings settings = cluster.Settings("faulty");
  rd_kafka_mock_push_request_errors(cluster.get(), 0 /* Produce */, 2, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                                    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  auto sent = MakePublisher(settings)->Publish({{.id = "1", .key = "anna", .body = "{}"}});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(sent->front(), Delivery::kConfirmed);
}

TEST(KafkaFaults, AMessageThatIsTooLargeIsRefusedForGood) {
  Cluster cluster;
  auto publisher = MakePublisher(cluster.Settings("large"));
  auto sent =
      publisher->Publish({{.id = "1", .key = "anna", .body = std::string(2u << 20, 'x')}, {.id = "2", .body = "{}"}});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(*sent, (std::vector<Delivery>{Delivery::kRefused, Delivery::kConfirmed}));
}

}  // namespace
}  // namespace greenroom
