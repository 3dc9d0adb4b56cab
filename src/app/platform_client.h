// PlatformClient: calls of commands to a running server's API.
//
// Server: --server, else GREENROOM_URL, else http://127.0.0.1:5005. Token: --token, else GREENROOM_TOKEN, else the file
// admin-token in GREENROOM_HOME or ./.greenroom. Thread rules: one owner.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "http/client.h"

namespace CLI {
class App;
}

namespace greenroom {

struct PlatformArguments {
  std::string server;
  std::string token;
};

void AddPlatformOptions(CLI::App& command, PlatformArguments& arguments);

struct CommandLine;
class PlatformClient;

// The words of a command: its name and what it does.
struct Words {
  const char* name;
  const char* about;
};

// A subcommand that connects to a running server and works with it; the caller adds its further options. `work` must
// keep what `arguments` is part of alive.
CLI::App* AddPlatformCommand(CLI::App& parent, CommandLine& line, Words words, PlatformArguments& arguments,
                             std::function<Result<void>(PlatformClient&)> work);

class PlatformClient {
 public:
  static Result<std::unique_ptr<PlatformClient>> Connect(const PlatformArguments& arguments);

  // The JSON of a 2xx answer (null when empty); else the server's error as an Error of the same code and reason.
  Result<Json> Call(const std::string& method, const std::string& path, const Json& body = {});
  // Uploads or downloads a file.
  Result<Json> Upload(const std::string& path, const std::string& file);
  Result<void> Download(const std::string& path, const std::string& file);
  const std::string& server() const { return server_; }

 private:
  PlatformClient(std::string server, std::string token, std::unique_ptr<HttpClient> client)
      : server_(std::move(server)), token_(std::move(token)), client_(std::move(client)) {}
  HttpClientRequest Request(const std::string& method, const std::string& path) const;
  std::string server_, token_;
  std::unique_ptr<HttpClient> client_;
};

// One path segment, percent-encoded.
std::string PathSegment(std::string_view text);

}  // namespace greenroom
