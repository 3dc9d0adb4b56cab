#include "app/outside_endpoint.h"

#include "base/text.h"
#include "http/percent.h"

namespace greenroom {

OutsideEndpoint MakeEndpoint(const EndpointConfig& config) {
  OutsideEndpoint endpoint{.url = config.url.substr(0, config.url.find('#')), .ca_file = config.cafile};
  auto add = [&](const std::string& name, const std::string& value) {
    endpoint.url += endpoint.url.find('?') == std::string::npos ? '?' : '&';
    endpoint.url += PercentEncode(name) + "=" + PercentEncode(value);
  };
  if (endpoint.url.empty()) return endpoint;
  for (const auto& [name, value] : config.params) add(name, value);
  if (!config.token.empty()) add(config.token_name, config.token);
  for (const auto& [name, value] : config.headers) endpoint.headers.Set(name, value);
  if (!config.basic_user.empty()) {
    endpoint.headers.Set("Authorization", "Basic " + Base64Encode(config.basic_user + ":" + config.basic_password));
  }
  return endpoint;
}

}  // namespace greenroom
