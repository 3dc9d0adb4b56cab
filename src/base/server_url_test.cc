#include "base/server_url.h"

#include <gtest/gtest.h>

namespace greenroom {
namespace {

std::string ReasonOf(std::string_view url) {
  Result<void> checked = CheckServerUrl(url);
  return checked ? "ok" : checked.error().reason;
}

TEST(ServerUrl, TakesServersUnderTheirPlainNames) {
  for (const char* url :
       {"http://rasa-production:5005", "https://bot.example.org", "http://127.0.0.1:5005", "http://10.0.0.7",
        "http://[::1]:5005", "http://[2001:db8::7]", "http://localhost:80", "http://rasa_worker:5005"})
    EXPECT_EQ(ReasonOf(url), "ok") << url;
}

TEST(ServerUrl, RefusesWhatIsNoServerOrHidesOne) {
  const std::pair<const char*, const char*> rows[] = {
      {"bot:5005", "url_malformed"},
      {"", "url_malformed"},
      {"file:///etc/passwd", "url_scheme_not_allowed"},
      {"gopher://a", "url_scheme_not_allowed"},
      {"javascript:alert(1)", "url_malformed"},
      {"HTTP://a", "url_scheme_not_allowed"},
      {"http://u:p@host", "url_has_user"},
      {"http://host#a", "url_has_path"},
      {"http://host/a", "url_has_path"},
      {"http://host\\@b", "url_has_path"},
      {"http://host?a", "url_has_path"},
      {"http://ho st", "url_malformed"},
      {"http://host\r\n", "url_malformed"},
      {"http://h\xc3\xb6st", "url_malformed"},
      {"http://host:0", "url_bad_port"},
      {"http://host:65536", "url_bad_port"},
      {"http://host:-1", "url_bad_port"},
      {"http://host:", "url_bad_port"},
      {"http://host:abc", "url_bad_port"},
      {"http://2130706433", "url_disguised"},
      {"http://0x7f.1", "url_disguised"},
      {"http://0x7f000001", "url_disguised"},
      {"http://127.1", "url_disguised"},
      {"http://0177.0.0.1", "url_disguised"},
      {"http://127.0.0.0x1", "url_disguised"},
      {"http://1.2.3.4.5", "url_disguised"},
      {"http://256.1.1.1", "url_disguised"},
      {"http://[::ffff:127.0.0.1]", "url_disguised"},
      {"http://[::ffff:7f00:1]", "url_disguised"},
      {"http://[::1", "url_malformed"},
      {"http://[]", "url_malformed"},
      {"http://169.254.169.254", "url_not_allowed"},
      {"http://[fe80::1]", "url_not_allowed"},
  };
  for (const auto& [url, reason] : rows) EXPECT_EQ(ReasonOf(url), reason) << url;
}

TEST(ServerUrl, NeverRepeatsThePassword) {
  EXPECT_EQ(CheckServerUrl("http://u:secret@host").error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace greenroom
