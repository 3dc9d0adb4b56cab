// Source: everything a team writes for one assistant (config, domain, data, endpoints, credentials) at one revision.
//
//   LoadedSource loaded = LoadSource({.root = "bot", ...}, ProcessEnvironment());
//   if (loaded.diagnostics.has_errors()) RenderText(loaded.diagnostics, loaded.texts, {});
//
// LoadSource reads, checks the schema and collects every problem; ValidateSource (validate.h) adds the checks across
// files. Nothing is guessed in silence: unknown keys are diagnostics that name the allowed ones.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/domain.h"
#include "assistant/training_data.h"
#include "base/diagnostic.h"
#include "base/yaml.h"

namespace greenroom {

// One entry of `pipeline:` or `policies:` with its parameters as written.
struct ComponentConfig {
  std::string name;                  // as written ("DIETClassifier" or an import path)
  Json parameters = Json::Object();  // without `name`
  std::map<std::string, SourceSpan> parameter_spans = {};
  SourceSpan span = {};
};

struct AssistantConfig {
  std::string recipe = "default.v1";
  std::string language = {};
  std::string assistant_id = {};
  std::vector<ComponentConfig> pipeline = {};  // filled with the default pipeline when the key is absent or empty
  std::vector<ComponentConfig> policies = {};
};

// An HTTP endpoint of endpoints.yml. `url` "" = not configured.
struct EndpointConfig {
  std::string url = {};
  std::map<std::string, std::string> headers = {};
  std::map<std::string, std::string> params = {};
  std::string basic_user = {}, basic_password = {};
  std::string token = {}, token_name = "token";
  std::string cafile = {};
  bool selective_domain = false;
  Json extra = {};  // keys of other endpoint kinds, as written
};

struct Endpoints {
  EndpointConfig action, nlg, nlu, models;
  Json tracker_store = {}, event_broker = {}, event_intake = {}, lock_store = {};
};

struct Source {
  AssistantConfig config;
  Domain domain;
  TrainingData data;
  Endpoints endpoints;
  Json credentials = Json::Object();  // channel name -> settings
};

struct SourcePaths {
  std::string root = ".";
  std::vector<std::string> data = {"data"};  // files or folders, relative to root
  std::string domain = "domain.yml";         // file or folder; falls back to the folder "domain"
  std::string config = "config.yml";
  std::string endpoints = "endpoints.yml";      // may be missing
  std::string credentials = "credentials.yml";  // may be missing
};

struct LoadedSource {
  Source source;
  Diagnostics diagnostics;
  SourceTexts texts;
};

LoadedSource LoadSource(const SourcePaths& paths, const VariableLookup& variables);

// Checks across files: names used but not declared, unused declarations, ambiguous examples, forms and their slots,
// responses that are missing, contradictions of names. Same diagnostics, appended.
void ValidateSource(const Source& source, Diagnostics& diagnostics);

// Hex SHA-256 over what decides a trained model (config, domain, data; not endpoints or credentials).
std::string Fingerprint(const Source& source);
// The same for parts, for reuse of trained components: "nlu", "dialogue", "responses", "config".
std::map<std::string, std::string> PartFingerprints(const Source& source);

}  // namespace greenroom
