#include "app/outside_endpoint.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

TEST(MakeEndpoint, ParametersAndTokenAreEncodedIntoTheQuery) {
  const OutsideEndpoint endpoint = MakeEndpoint({.url = "http://actions:5055/webhook",
                                                 .params = {{"tenant name", "a&b=c"}},
                                                 .token = "s3cr#t/+",
                                                 .token_name = "key"});
  EXPECT_EQ(endpoint.url, "http://actions:5055/webhook?tenant%20name=a%26b%3Dc&key=s3cr%23t%2F%2B");
}

TEST(MakeEndpoint, AQueryOfTheUrlGoesOn) {
  EXPECT_EQ(MakeEndpoint({.url = "http://actions/webhook?v=1#top", .token = "t"}).url,
            "http://actions/webhook?v=1&token=t");
}

TEST(MakeEndpoint, HeadersAndBasicAuthAreSent) {
  const OutsideEndpoint endpoint = MakeEndpoint(
      {.url = "https://actions/", .headers = {{"X-Team", "desk"}}, .basic_user = "ann", .basic_password = "p:w"});
  EXPECT_EQ(endpoint.headers.Get("X-Team"), "desk");
  EXPECT_EQ(endpoint.headers.Get("Authorization"), "Basic YW5uOnA6dw==");
}

TEST(MakeEndpoint, ACertificateFileIsHandedOn) {
  EXPECT_EQ(MakeEndpoint({.url = "https://actions/", .cafile = "/etc/ca.pem"}).ca_file, "/etc/ca.pem");
}

TEST(MakeEndpoint, WithoutAUrlThereIsNone) { EXPECT_EQ(MakeEndpoint({.token = "t"}).url, ""); }

}  // namespace
}  // namespace greenroom
