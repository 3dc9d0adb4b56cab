#include "app/platform_client.h"

#include <CLI/CLI.hpp>

#include "app/commands.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/text.h"

namespace greenroom {
namespace {

std::string FindToken(const PlatformArguments& arguments) {
  if (!arguments.token.empty()) return arguments.token;
  auto lookup = ProcessEnvironment();
  if (auto token = lookup("GREENROOM_TOKEN")) return *token;
  auto file = ReadFile(lookup("GREENROOM_HOME").value_or(".greenroom") + "/admin-token", 4096);
  return file ? std::string(Trim(*file)) : "";
}

ErrorCode CodeOf(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 429:
    case 507:
      return ErrorCode::kExhausted;
    case 503:
      return ErrorCode::kUnavailable;
    case 504:
      return ErrorCode::kDeadlineExceeded;
    default:
      return status >= 500 ? ErrorCode::kInternal : ErrorCode::kInvalidArgument;
  }
}

Result<Json> ReadAnswer(const Result<HttpClientResponse>& answer, const std::string& server) {
  if (!answer) {
    Error error = answer.error();
    if (error.reason == "connect_failed")
      error.help = "is a server running at " + server + "? start one with `greenroom up`";
    return error;
  }
  Json body;
  if (!answer->body.empty()) {
    auto parsed = ParseJson(answer->body, {.bytes = 64u << 20, .depth = 64, .nodes = 5'000'000});
    if (parsed) body = std::move(*parsed);
  }
  if (answer->status >= 200 && answer->status < 300) return body;
  const Json& message = body["message"];
  return Error{
      CodeOf(answer->status),
      body["reason"].is_string() ? body["reason"].AsString() : "http_" + std::to_string(answer->status),
      message.is_string() ? message.AsString() : "the server answered with status " + std::to_string(answer->status),
      body["help"].AsString()};
}

}  // namespace

void AddPlatformOptions(CLI::App& command, PlatformArguments& arguments) {
  command.add_option("--server", arguments.server, "Address of the server (GREENROOM_URL)");
  command.add_option("--token", arguments.token, "Access token (better: GREENROOM_TOKEN)");
}

CLI::App* AddPlatformCommand(CLI::App& parent, CommandLine& line, Words words, PlatformArguments& arguments,
                             std::function<Result<void>(PlatformClient&)> work) {
  CLI::App* command = parent.add_subcommand(words.name, words.about);
  AddPlatformOptions(*command, arguments);
  command->callback([&line, &arguments, work = std::move(work)] {
    line.run = [&line, &arguments, work] {
      auto client = PlatformClient::Connect(arguments);
      if (!client) return line.console.Fail(client.error());
      auto done = work(**client);
      return done ? static_cast<int>(kExitOk) : line.console.Fail(done.error());
    };
  });
  return command;
}

Result<std::unique_ptr<PlatformClient>> PlatformClient::Connect(const PlatformArguments& arguments) {
  std::string server = arguments.server.empty()
                           ? ProcessEnvironment()("GREENROOM_URL").value_or("http://127.0.0.1:5005")
                           : arguments.server;
  while (server.ends_with('/')) server.pop_back();
  GR_ASSIGN(std::unique_ptr<HttpClient> client, HttpClient::Create({}));
  return std::unique_ptr<PlatformClient>(new PlatformClient(server, FindToken(arguments), std::move(client)));
}

HttpClientRequest PlatformClient::Request(const std::string& method, const std::string& path) const {
  HttpClientRequest request{.method = method, .url = server_ + path};
  if (!token_.empty()) request.headers.Set("Authorization", "Bearer " + token_);
  return request;
}

Result<Json> PlatformClient::Call(const std::string& method, const std::string& path, const Json& body) {
  HttpClientRequest request = Request(method, path);
  request.max_response = 64u << 20;
  request.total_timeout = std::chrono::seconds(60);
  if (!body.is_null()) {
    request.body = body.Dump();
    request.headers.Set("Content-Type", "application/json");
  }
  return ReadAnswer(client_->Send(std::move(request)), server_);
}

Result<Json> PlatformClient::Upload(const std::string& path, const std::string& file) {
  HttpClientRequest request = Request("POST", path);
  request.upload_file = file;
  request.total_timeout = std::chrono::milliseconds(0);
  request.headers.Set("Content-Type", "application/octet-stream");
  return ReadAnswer(client_->Send(std::move(request)), server_);
}

Result<void> PlatformClient::Download(const std::string& path, const std::string& file) {
  HttpClientRequest request = Request("GET", path);
  request.total_timeout = std::chrono::milliseconds(0);
  GR_ASSIGN(Json nothing, ReadAnswer(client_->Download(std::move(request), file), server_));
  (void)nothing;
  return {};
}

std::string PathSegment(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (plain)
      out.push_back(c);
    else
      out += "%" + HexEncode({&c, 1});
  }
  return out;
}

}  // namespace greenroom
