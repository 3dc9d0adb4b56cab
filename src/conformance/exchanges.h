// Exchanges: recorded requests, asked again of a Greenroom server that is started for them on a free loopback port, in
// their order and with their side effects.
//
// How the recorded server was started follows from what it was asked: a token in addresses means --auth-token, a Bearer
// header --jwt-secret, neither means that everybody may do everything. Files that belong to a server with neighbours
// (an `-endpoints.yml` beside them) are left out.
// Errors: a server that does not start counts all its rows as different. Thread rules: blocking.
#pragma once

#include <filesystem>

#include "conformance/figures.h"
#include "conformance/trained_project.h"

namespace greenroom::conformance {

struct ExchangeFigures {
  Share rows;  // with a recorded status below 500
  // Rows where the recorded server failed: the same or a better refusal, which is documented.
  Share failures;

  bool ok() const;
  Json ToJson() const;
};

struct ExchangeOptions {
  std::filesystem::path folder;  // of .jsonl files
  SourcePaths project;           // that the recorded server had loaded
  std::string auth_token = "s3cret";
  std::string jwt_secret = "a-long-secret-key-of-at-least-32-chars";
};

// One line for each file whose name the report wants.
ExchangeFigures CompareExchanges(const ExchangeOptions& options, const Workshop& workshop, Report& report);

}  // namespace greenroom::conformance
