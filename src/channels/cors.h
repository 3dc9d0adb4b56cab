// Cors: which pages of other sites may read the answers of a Rasa server (its option --cors).
//
//   GR_ASSIGN(CorsPolicy cors, CorsPolicy::Create({"https://shop.example.org"}));
//   cors.Mark(request, response);                       // adds what the browser looks for
//   if (request.method == "OPTIONS") respond(cors.Preflight(request));
//
// An origin is "*" for all, or scheme://host[:port] as browsers send it. Pages may send credentials along, as there;
// the gate takes no session cookie from a foreign page, so those are tokens that the page itself knows. Without origins
// nothing is marked and browsers keep the answers from foreign pages. Source: the Fetch standard, CORS protocol.
// Error of Create: bad_origin (kInvalidArgument). Thread rules: immutable after Create.
#pragma once

#include <string>
#include <vector>

#include "http/message.h"

namespace greenroom {

class CorsPolicy {
 public:
  CorsPolicy() = default;  // off
  static Result<CorsPolicy> Create(std::vector<std::string> origins);

  bool on() const { return !origins_.empty(); }
  void Mark(const HttpRequest& request, HttpResponse& response) const;
  // The answer to the question that a browser asks before it sends what a form could not.
  HttpResponse Preflight(const HttpRequest& request) const;

 private:
  // What Access-Control-Allow-Origin says to this request; "" = nothing.
  std::string AllowedOrigin(std::string_view origin) const;

  std::vector<std::string> origins_;
};

}  // namespace greenroom
