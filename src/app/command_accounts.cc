#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/platform_client.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

namespace greenroom {
namespace {

struct AccountArguments {
  PlatformArguments platform;
  std::string name, kind, environment;
  std::vector<std::string> list;  // roles, scopes or grants
  std::string description;
  bool password_stdin = false, is_default = false;
  double days = 0;
  int64_t limit = 50;
};

using Work = std::function<Result<void>(PlatformClient&, const Console&, const AccountArguments&)>;

// A subcommand that speaks to a running server; its options are added to what is returned.
struct Added {
  CLI::App& command;
  std::shared_ptr<AccountArguments> arguments;
};

Added AddWork(CLI::App& parent, CommandLine& line, Words words, Work work) {
  auto arguments = std::make_shared<AccountArguments>();
  CLI::App* command = AddPlatformCommand(parent, line, words, arguments->platform,
                                         [&line, arguments, work = std::move(work)](PlatformClient& client) {
                                           return work(client, line.console, *arguments);
                                         });
  return {*command, arguments};
}

Json Texts(const std::vector<std::string>& values) {
  Json list = Json::List();
  for (const std::string& value : values) list.Append(value);
  return list;
}

// Lists and times inside rows as text for people; JSON keeps them.
Json Readable(const Console& console, Json rows) {
  if (console.json) return rows;
  for (Json& row : rows.MutableArray()) {
    for (auto& [name, value] : row.MutableMembers()) {
      bool time = (name == "at" || name.ends_with("_at")) && value.is_number();
      if (time) value = FormatIso8601(value.AsDouble());
      if (!value.is_array()) continue;
      std::vector<std::string> texts;
      for (const Json& item : value.array()) texts.push_back(item.AsString());
      value = Join(texts, " ");
    }
  }
  return rows;
}

Work Listing(std::string path, std::vector<std::string> members) {
  return [path = std::move(path), members = std::move(members)](PlatformClient& client, const Console& console,
                                                                const AccountArguments&) -> Result<void> {
    GR_ASSIGN(Json rows, client.Call("GET", path));
    console.PrintRows(Readable(console, std::move(rows)), members);
    return {};
  };
}

Result<void> Say(Result<Json> answer, const Console& console, const std::string& done) {
  if (!answer) return std::move(answer).error();
  if (console.json)
    console.Print(answer->Dump());
  else
    console.Note(done);
  return {};
}

// Passwords never stand in the arguments, which everybody on the machine can read.
struct Password {
  std::string text;
  bool made = false;
};

Password NewPassword(const AccountArguments& arguments) {
  if (!arguments.password_stdin) return {SecureToken(12), true};
  Password password;
  std::getline(std::cin, password.text);
  return password;
}

void Show(const Console& console, const Password& password) {
  if (password.made) console.Print(console.json ? Json::Object({{"password", password.text}}).Dump() : password.text);
}

std::string UserPath(const AccountArguments& arguments) { return "/api/users/" + PathSegment(arguments.name); }
std::string RolePath(const AccountArguments& arguments) { return "/api/roles/" + PathSegment(arguments.name); }
std::string TokenPath(const AccountArguments& arguments) { return "/api/tokens/" + PathSegment(arguments.name); }

Result<void> AddUser(PlatformClient& client, const Console& console, const AccountArguments& arguments) {
  Password password = NewPassword(arguments);
  Json body =
      Json::Object({{"username", arguments.name}, {"password", password.text}, {"roles", Texts(arguments.list)}});
  GR_ASSIGN(Json made, client.Call("POST", "/api/users", body));
  (void)made;
  console.Note("user " + arguments.name + " is there" + (password.made ? "; password (shown once):" : ""));
  Show(console, password);
  return {};
}

Result<void> SetPassword(PlatformClient& client, const Console& console, const AccountArguments& arguments) {
  Password password = NewPassword(arguments);
  GR_ASSIGN(Json changed, client.Call("PATCH", UserPath(arguments), Json::Object({{"password", password.text}})));
  (void)changed;
  console.Note("password of " + arguments.name + " set, all sessions ended" + (password.made ? "; shown once:" : ""));
  Show(console, password);
  return {};
}

void AddUserCommands(CLI::App& user, CommandLine& line) {
  AddWork(user, line, {"list", "All users"}, Listing("/api/users", {"username", "roles", "enabled", "created_at"}));
  Added add = AddWork(user, line, {"add", "Add a user; the password is made, unless it is given"}, AddUser);
  add.command.add_option("user", add.arguments->name, "Name")->required();
  add.command.add_option("--role", add.arguments->list, "Role; may be repeated (default: the default roles)");
  add.command.add_flag("--password-stdin", add.arguments->password_stdin, "Read the password from standard input");
  Added remove = AddWork(user, line, {"remove", "Remove a user"},
                         [](PlatformClient& client, const Console& console, const AccountArguments& a) {
                           return Say(client.Call("DELETE", UserPath(a)), console, "removed user " + a.name);
                         });
  remove.command.add_option("user", remove.arguments->name, "Name")->required();
  Added password = AddWork(user, line, {"password", "Set the password of a user"}, SetPassword);
  password.command.add_option("user", password.arguments->name, "Name")->required();
  password.command.add_flag("--password-stdin", password.arguments->password_stdin,
                            "Read the password from standard input");
  Added roles = AddWork(user, line, {"roles", "Set the roles of a user"},
                        [](PlatformClient& client, const Console& console, const AccountArguments& a) {
                          return Say(client.Call("PUT", UserPath(a) + "/roles", Texts(a.list)), console,
                                     a.name + " now has: " + Join(a.list, " "));
                        });
  roles.command.add_option("user", roles.arguments->name, "Name")->required();
  roles.command.add_option("roles", roles.arguments->list, "Names of the roles")->required();
}

Result<void> SetRole(PlatformClient& client, const Console& console, const AccountArguments& arguments) {
  Json body = Json::Object({{"role", arguments.name},
                            {"description", arguments.description},
                            {"is_default", arguments.is_default},
                            {"grants", Texts(arguments.list)}});
  auto changed = client.Call("PUT", RolePath(arguments), body);
  if (!changed && changed.error().code == ErrorCode::kNotFound) changed = client.Call("POST", "/api/roles", body);
  return Say(std::move(changed), console, "role " + arguments.name + " is set");
}

void AddRoleCommands(CLI::App& role, CommandLine& line) {
  AddWork(role, line, {"list", "All roles"},
          Listing("/api/roles", {"role", "is_default", "permissions", "description"}));
  Added show = AddWork(role, line, {"show", "One role"},
                       [](PlatformClient& client, const Console& console, const AccountArguments& a) -> Result<void> {
                         GR_ASSIGN(Json found, client.Call("GET", RolePath(a)));
                         console.PrintObject(found);
                         return {};
                       });
  show.command.add_option("role", show.arguments->name, "Name")->required();
  Added set = AddWork(role, line, {"set", "Make or change a role: it has exactly the permissions given"}, SetRole);
  set.command.add_option("role", set.arguments->name, "Name")->required();
  set.command.add_option("permissions", set.arguments->list,
                         "Like models.view, environments.staging.write; none: a role that may do nothing");
  set.command.add_option("--description", set.arguments->description, "For people");
  set.command.add_flag("--default", set.arguments->is_default, "Given to users that sign in for the first time");
  Added remove = AddWork(role, line, {"remove", "Remove a role that nobody has"},
                         [](PlatformClient& client, const Console& console, const AccountArguments& a) {
                           return Say(client.Call("DELETE", RolePath(a)), console, "removed role " + a.name);
                         });
  remove.command.add_option("role", remove.arguments->name, "Name")->required();
}

Result<void> ShowSecret(Result<Json> issued, const Console& console) {
  if (!issued) return std::move(issued).error();
  console.Note("token " + (*issued)["name"].AsString() + " (shown once):");
  console.Print(console.json ? issued->Dump() : (*issued)["token"].AsString());
  return {};
}

Result<void> AddToken(PlatformClient& client, const Console& console, const AccountArguments& arguments) {
  // Somebody who names the rights means a program; without, the token has those of its owner.
  std::string kind = !arguments.kind.empty() ? arguments.kind : arguments.list.empty() ? "personal" : "service";
  Json body = Json::Object({{"name", arguments.name}, {"kind", kind}, {"scopes", Texts(arguments.list)}});
  if (!arguments.environment.empty()) body.Set("kind", "environment").Set("environment", arguments.environment);
  if (arguments.days > 0) body.Set("expires_at", SystemClock().NowSeconds() + arguments.days * 86'400);
  return ShowSecret(client.Call("POST", "/api/tokens", body), console);
}

void AddTokenCommands(CLI::App& token, CommandLine& line) {
  AddWork(token, line, {"list", "Tokens that you may see"},
          Listing("/api/tokens", {"id", "name", "kind", "environment", "scopes", "created_by", "expires_at"}));
  Added add = AddWork(token, line, {"add", "Make a token"}, AddToken);
  add.command.add_option("name", add.arguments->name, "What it is for")->required();
  add.command
      .add_option("--kind", add.arguments->kind, "personal (yours), service (default with --scope) or environment")
      ->check(CLI::IsMember({"personal", "service", "environment"}));
  add.command.add_option("--environment", add.arguments->environment, "The environment whose servers will use it");
  add.command.add_option("--scope", add.arguments->list, "Permission; may be repeated");
  add.command.add_option("--days", add.arguments->days, "Ends after so many days")->check(CLI::PositiveNumber);
  Added revoke = AddWork(token, line, {"revoke", "End a token"},
                         [](PlatformClient& client, const Console& console, const AccountArguments& a) {
                           return Say(client.Call("DELETE", TokenPath(a)), console, "the token is no longer valid");
                         });
  revoke.command.add_option("id", revoke.arguments->name, "As `token list` shows it")->required();
  Added rotate = AddWork(token, line, {"rotate", "A new secret for a token; the old one ends"},
                         [](PlatformClient& client, const Console& console, const AccountArguments& a) {
                           return ShowSecret(client.Call("POST", TokenPath(a) + "/rotate"), console);
                         });
  rotate.command.add_option("id", rotate.arguments->name, "As `token list` shows it")->required();
}

Result<void> ListAudit(PlatformClient& client, const Console& console, const AccountArguments& arguments) {
  GR_ASSIGN(Json rows, client.Call("GET", "/api/audit?limit=" + std::to_string(arguments.limit)));
  console.PrintRows(Readable(console, std::move(rows)), {"number", "at", "actor", "address", "action", "subject"});
  return {};
}

Result<void> VerifyAudit(PlatformClient& client, const Console& console, const AccountArguments&) {
  GR_ASSIGN(Json verdict, client.Call("GET", "/api/audit/verify"));
  if (!verdict["whole"].AsBool()) {
    return Error{ErrorCode::kDataLoss, "audit_broken", verdict["problem"].AsString(),
                 "somebody changed the store past the program: compare with a backup"};
  }
  return Say(verdict, console,
             "the audit log is whole: " + std::to_string(verdict["records"].AsInt()) + " records, head " +
                 verdict["head"].AsString());
}

void AddAuditCommands(CLI::App& audit, CommandLine& line) {
  Added list = AddWork(audit, line, {"list", "Who changed what, newest first"}, ListAudit);
  list.command.add_option("--limit", list.arguments->limit, "At most so many")->check(CLI::Range(1, 1000));
  AddWork(audit, line, {"verify", "Check that no record was changed or removed"}, VerifyAudit);
}

}  // namespace

void AddAccountCommands(CLI::App& app, CommandLine& line) {
  struct Group {
    Words words;
    void (*add)(CLI::App&, CommandLine&);
  };
  const Group groups[] = {{{"user", "Users of a running server"}, AddUserCommands},
                          {{"role", "Roles: what users may do"}, AddRoleCommands},
                          {{"token", "Tokens of people, programs and servers"}, AddTokenCommands},
                          {{"audit", "The log of all changes"}, AddAuditCommands}};
  for (const Group& group : groups) {
    CLI::App* command = app.add_subcommand(group.words.name, group.words.about);
    command->require_subcommand(1);
    group.add(*command, line);
  }
}

}  // namespace greenroom
