#include "http/internal/outgoing_answer.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

using Next = OutgoingAnswer::Next;

// Gives its pieces one by one, whatever size it has promised.
class Pieces final : public BodySource {
 public:
  Pieces(uint64_t size, std::vector<std::string> pieces) : size_(size), pieces_(std::move(pieces)) {}
  uint64_t size() const override { return size_; }
  Result<std::string> Next() override { return at_ < pieces_.size() ? pieces_[at_++] : std::string(); }

 private:
  uint64_t size_;
  std::vector<std::string> pieces_;
  size_t at_ = 0;
};

class OutgoingAnswerTest : public testing::Test {
 protected:
  void Begin(HttpResponse response, BodyFraming framing, OutgoingAnswer::Body body = OutgoingAnswer::Body::kSent) {
    const uint64_t length = response.source ? response.source->size() : response.body.size();
    answer_.Begin(std::move(response), {.framing = framing, .length = length}, body);
  }
  // Takes all that there is now; how it ended.
  Next Drain() {
    Next next;
    do {
      sent_ += answer_.bytes();
      answer_.Written(answer_.bytes().size());
      next = answer_.Refill();
    } while (next == Next::kBytes);
    return next;
  }
  // What was sent after the head.
  std::string Body() const { return sent_.substr(sent_.find("\r\n\r\n") + 4); }

  OutgoingAnswer answer_;
  std::string sent_;
};

TEST_F(OutgoingAnswerTest, AResponseOfAnySizeIsSentWhole) {
  for (const size_t size : {0u, 5u, 1'000'000u}) {
    sent_.clear();
    Begin({.body = std::string(size, 'x')}, BodyFraming::kLength);
    EXPECT_EQ(Drain(), Next::kDone);
    EXPECT_EQ(Body(), std::string(size, 'x'));
  }
}

TEST_F(OutgoingAnswerTest, PartsThatWereWrittenAreNotSentAgain) {
  Begin({.body = "hello"}, BodyFraming::kLength);
  const std::string all(answer_.bytes());
  answer_.Written(7);
  EXPECT_EQ(answer_.bytes(), all.substr(7));
}

TEST_F(OutgoingAnswerTest, AStreamIsSentInChunksAsItIsWritten) {
  auto stream = std::make_shared<ResponseStream>();
  Begin({.stream = stream}, BodyFraming::kChunked);
  EXPECT_EQ(Drain(), Next::kLater);
  stream->Write("one");
  EXPECT_EQ(Drain(), Next::kLater);
  stream->Write("two!");
  stream->Close();
  EXPECT_EQ(Drain(), Next::kDone);
  EXPECT_EQ(Body(), "3\r\none\r\n4\r\ntwo!\r\n0\r\n\r\n");
  EXPECT_EQ(answer_.stream(), nullptr);
}

TEST_F(OutgoingAnswerTest, WithoutBodyTheStreamIsToldThatNobodyListens) {
  auto stream = std::make_shared<ResponseStream>();
  Begin({.stream = stream}, BodyFraming::kChunked, OutgoingAnswer::Body::kLeftOut);
  EXPECT_EQ(Drain(), Next::kDone);
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(Body(), "");
}

TEST_F(OutgoingAnswerTest, AFileThatEndsEarlyOrGrowsBreaksTheAnswer) {
  Begin({.source = std::make_shared<Pieces>(5, std::vector<std::string>{"abc", "de"})}, BodyFraming::kLength);
  EXPECT_EQ(Drain(), Next::kDone);
  EXPECT_EQ(Body(), "abcde");
  for (const uint64_t promised : {4u, 6u}) {
    Begin({.source = std::make_shared<Pieces>(promised, std::vector<std::string>{"abc", "de"})}, BodyFraming::kLength);
    EXPECT_EQ(Drain(), Next::kBroken) << promised;
  }
}

TEST_F(OutgoingAnswerTest, AReleasedAnswerLetsGoOfItsStream) {
  auto stream = std::make_shared<ResponseStream>();
  Begin({.stream = stream}, BodyFraming::kChunked);
  answer_.Release();
  EXPECT_TRUE(stream->closed());
  EXPECT_EQ(stream.use_count(), 1);
}

}  // namespace
}  // namespace greenroom
