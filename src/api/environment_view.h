// How environments look in the API: what each wants, what it serves or its server was last seen serving.
//
//   Json list = Json::List();
//   EnvironmentView view(services);
//   for (const EnvironmentRecord& record : records) list.Append(view.Describe(record));
//
// Members of all: name, url, kind, token ("***" or null), epoch, wanted, state. Embedded ones add serving,
// serving_digest, serving_epoch, draining, since, failure. Remote ones add serving, serving_id, as_wanted, version,
// minimum_compatible_version, last_seen, last_asked, disagrees, failure.
// Thread rules: one per request.
#pragma once

#include <map>
#include <string>

#include "api/services.h"

namespace greenroom {

// Stands for a token that is kept and never shown; a client that sends it back leaves the token as it is.
inline constexpr char kHiddenToken[] = "***";

class EnvironmentView {
 public:
  explicit EnvironmentView(const ApiServices& services);
  Json Describe(const EnvironmentRecord& record) const;
  // The same in Rasa X's form for its health check: version, minimum_compatible_version, status (of HTTP), and ours.
  Json Health(const EnvironmentRecord& record) const;

 private:
  std::map<std::string, EnvironmentStatus> embedded_;
  std::map<std::string, RemoteStatus> remote_;
};

}  // namespace greenroom
