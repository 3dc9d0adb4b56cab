// The environments as one set: how clients send it, and what has to change to get there.
//
//   GR_ASSIGN(std::vector<EnvironmentRecord> wanted, ReadEnvironmentList(body));
//   GR_ASSIGN(EnvironmentChanges changes, PlanEnvironments(services, std::move(wanted)));
//   for (const std::string& name : changes.Names()) GR_TRY(Require(request, WriteGrant(name)));
//   GR_TRY(ApplyEnvironments(services, changes));
//
// A token that is left out stays as it is while the url does; with another url there is none. One that is sent as "***"
// must stay, so with another url it is refused (token_needed): else whoever may change the url could have the token
// sent to an address of their own. `production` is never removed.
// Errors: bad_request, unknown_field, environments_invalid (with the places), those of the registry.
// Thread rules: functions without state.
#pragma once

#include <string>
#include <vector>

#include "api/services.h"

namespace greenroom {

// [{"name", "url", "token"}]; url and token may be left out or null.
Result<std::vector<EnvironmentRecord>> ReadEnvironmentList(const Json& list);
// The text of an environments.yml in which no variables stand.
Result<std::vector<EnvironmentRecord>> ReadEnvironmentText(const std::string& text);
// The text for environments, with hidden tokens.
std::string AsText(const std::vector<EnvironmentRecord>& records);

struct EnvironmentChanges {
  std::vector<EnvironmentRecord> put;
  std::vector<std::string> removed;
  std::vector<std::string> Names() const;  // of all that change
};

// What differs between the present environments and the wanted ones. Checks everything, so that applying can only fail
// for the disk.
Result<EnvironmentChanges> PlanEnvironments(const ApiServices& services, std::vector<EnvironmentRecord> wanted);
Result<void> ApplyEnvironments(const ApiServices& services, const EnvironmentChanges& changes, const ChangedBy& by);

// Fills in the kept token when the record has the hidden one. Errors: token_needed.
Result<void> KeepHiddenToken(const ApiServices& services, EnvironmentRecord& record);

}  // namespace greenroom
