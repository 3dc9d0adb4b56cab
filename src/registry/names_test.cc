#include "registry/names.h"

#include <gtest/gtest.h>

#include <string>

namespace greenroom {
namespace {

TEST(Names, EnvironmentsArePlainLowerCase) {
  for (const char* name : {"production", "worker", "a", "7", "staging-2", "my_env", "0_-"})
    EXPECT_TRUE(CheckEnvironmentName(name).ok()) << name;
  EXPECT_TRUE(CheckEnvironmentName(std::string(63, 'a')).ok());
  for (const char* name : {"", "-a", "_a", "A", "stagIng", "a b", "a.b", "a/b", "../x", "ä", "a\n"}) {
    Result<void> checked = CheckEnvironmentName(name);
    ASSERT_FALSE(checked.ok()) << name;
    EXPECT_EQ(checked.error().reason, "environment_name_invalid");
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(CheckEnvironmentName(std::string(64, 'a')).ok());
  EXPECT_FALSE(CheckEnvironmentName(std::string_view("a\0b", 3)).ok());
}

TEST(Names, UrlsAreASchemeAHostAndPerhapsAPort) {
  for (const char* url :
       {"", "http://host", "https://host.example", "http://10.0.0.7:5005", "http://[::1]:80", "http://[2001:db8::1]"}) {
    EXPECT_TRUE(CheckEnvironmentUrl(url).ok()) << url;
  }
  for (const char* url : {"host",
                          "ftp://host",
                          "http://",
                          "http://host/",
                          "http://host/path",
                          "http://host?x=1",
                          "http://host#f",
                          "http://user@host",
                          "http://user:pass@host",
                          "http://host:",
                          "http://host:0",
                          "http://host:65536",
                          "http://host:80x",
                          "http://host:+80",
                          "http://ho st",
                          "http://[::1",
                          "http://[]",
                          "http://host\r\nx",
                          "HTTP://host",
                          "http://-host",
                          "file:///etc/passwd"}) {
    Result<void> checked = CheckEnvironmentUrl(url);
    ASSERT_FALSE(checked.ok()) << url;
    EXPECT_EQ(checked.error().reason, "environment_url_invalid");
  }
}

TEST(Names, TagsMayHaveCapitalsAndSpacesInside) {
  for (const char* name : {"production", "v1.2", "Release candidate", "x"})
    EXPECT_TRUE(CheckTagName(name).ok()) << name;
  for (const char* name : {"", " x", "x ", "a/b", "a\tb", ".x"})
    EXPECT_EQ(CheckTagName(name).error().reason, "tag_name_invalid") << name;
}

TEST(Names, ModelsAreFileNamesThatCannotBeTakenForVersions) {
  for (const char* name : {"20261124-201500-quiet-lamp", "m", "model.v2"})
    EXPECT_TRUE(CheckModelName(name).ok()) << name;
  for (const char* name : {"", "12", "../m", "a/b", ".hidden", "a b"})
    EXPECT_EQ(CheckModelName(name).error().reason, "model_name_invalid") << name;
}

}  // namespace
}  // namespace greenroom
