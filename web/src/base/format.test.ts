import { expect, test, vi } from 'vitest';

vi.mock('./i18n.svelte', () => ({ language: { code: 'en' } }));
const { ago, bytes } = await import('./format');

test('times are told from now on', () => {
  expect(ago(1000, 1000)).toBe('now');
  expect(ago(1000, 1180)).toBe('3 minutes ago');
  expect(ago(1000, 1000 + 86400 * 2)).toBe('2 days ago');
});
test('a time ahead of our clock is now', () => expect(ago(1005, 1000)).toBe('now'));
test('sizes have the unit that fits', () => {
  expect(bytes(12)).toBe('12 bytes');
  expect(bytes(245119)).toBe('245 kB');
  expect(bytes(1_500_000)).toBe('1.5 MB');
});
