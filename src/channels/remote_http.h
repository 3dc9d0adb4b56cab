// RemoteHttp: makes the calls of RemoteCaller over HTTP.
//
//   RemoteHttp caller(*client);
//
// The token goes along as the query parameter `token`, as Rasa servers want it. A connection that could not be made is
// tried once more; nothing that was sent is sent again. Redirects are not followed, and a
// name that leads to a link-local address is not called.
// Thread rules: Call from any thread; answers arrive on the client's thread. Outlived by the client's end.
#pragma once

#include <string>
#include <string_view>

#include "http/client.h"
#include "serving/remote_caller.h"

namespace greenroom {

class RemoteHttp final : public RemoteCaller {
 public:
  explicit RemoteHttp(HttpClient& client) : client_(client) {}
  void Call(RemoteCall call, std::function<void(RemoteAnswer)> done) override;

 private:
  void Attempt(const RemoteCall& call, int number, std::function<void(RemoteAnswer)> done);
  HttpClient& client_;
};

}  // namespace greenroom
