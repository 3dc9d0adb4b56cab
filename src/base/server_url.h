// The address of another server that an operator gives us: which ones we are willing to call.
//
//   CheckServerUrl("http://rasa-production:5005");          // ok
//   CheckServerUrl("http://2130706433");                    // url_disguised: an IPv4 address in another notation
//
// A server may be private, that is how environments are deployed; but only under its plain name. Link-local addresses
// are where clouds keep credentials of the machine: never. The message does not repeat the address, which may hold a
// password.
// Errors (kInvalidArgument): url_malformed, url_scheme_not_allowed, url_bad_port, url_has_user, url_has_path,
// url_disguised, url_not_allowed. Thread rules: pure functions.
#pragma once

#include <string_view>

#include "base/result.h"

namespace greenroom {

// http(s)://host[:port] without path, query, user or fragment.
Result<void> CheckServerUrl(std::string_view url);

}  // namespace greenroom
