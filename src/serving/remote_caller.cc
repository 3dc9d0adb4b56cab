#include "serving/remote_caller.h"

namespace greenroom {
namespace {

RemoteProblem NoAnswer(const std::string& failure) {
  if (failure == "connect_failed") {
    return {503, "remote_unreachable", "the server of this environment cannot be reached",
            "start it, or correct the url of the environment"};
  }
  if (failure == "timeout") {
    return {504, "remote_timeout", "the server of this environment did not answer in time",
            "it may still handle the message; look at its log"};
  }
  if (failure == "tls_failed") {
    return {502, "remote_tls_failed", "the certificate of the environment's server was not accepted",
            "let it show a certificate that this machine trusts"};
  }
  if (failure == "response_too_large") {
    return {502, "remote_answer_too_large", "the answer of the environment's server is too large"};
  }
  if (failure == "address_refused") {
    return {502, "remote_address_refused",
            "the name of the environment's server leads to an address that is not called",
            "give the server another address than a link-local one"};
  }
  return {502, "remote_broken_answer", "the server of this environment closed the connection or sent no proper answer",
          "it may have handled the message; look at its log"};
}

}  // namespace

std::optional<RemoteProblem> ProblemOf(const RemoteAnswer& answer) {
  if (answer.status == 0) return NoAnswer(answer.failure);
  if (answer.status >= 200 && answer.status < 300) return std::nullopt;
  std::string said = std::to_string(answer.status);
  if (answer.status < 400) {
    return RemoteProblem{502, "remote_redirected",
                         "the server of this environment wants to send us elsewhere (status " + said + ")",
                         "redirects are not followed: give the environment the final url"};
  }
  if (answer.status == 401 || answer.status == 403) {
    return RemoteProblem{502, "remote_token_refused", "the server of this environment refused our token",
                         "give the environment the token that its server was started with"};
  }
  if (answer.status == 503) {
    return RemoteProblem{503, "remote_not_ready", "the server of this environment is not ready", "try again later"};
  }
  if (answer.status >= 500) {
    return RemoteProblem{502, "remote_failed", "the server of this environment answered with status " + said,
                         "its log says more"};
  }
  return std::nullopt;
}

}  // namespace greenroom
