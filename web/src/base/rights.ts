// What the caller may do, by the same rules as the server (accounts/permissions.h). The server decides; this only
// keeps the screens from offering what would be refused.
export function allows(grants: readonly string[], needed: string): boolean {
  if (grants.includes('*') || grants.includes(needed)) return true;
  const environment = /^environments\.(.+)\.write$/.exec(needed);
  if (environment) return grants.includes('environments.*.write');
  if (needed === 'environments.view' && grants.some((grant) => /^environments\..+\.write$/.test(grant))) return true;
  return needed.endsWith('.view') && grants.includes(needed.replace(/\.view$/, '.modify'));
}
