// The colour of an environment follows from its name, so that it is the same on every screen and for everybody.
export function colourOf(name: string): string {
  if (name === 'production' || name === 'worker') return name;
  if (name === 'experimental') return 'e1';
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)!) % 9973;
  return `e${1 + (sum % 4)}`;
}

/** Production first, the worker last, the others by name. */
export function inOrder<T extends { name: string }>(list: readonly T[]): T[] {
  const rank = (name: string) => (name === 'production' ? 0 : name === 'worker' ? 2 : 1);
  return [...list].sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}
