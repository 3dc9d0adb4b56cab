import { expect, test } from 'vitest';
import { allows } from './rights';

test('an admin may do everything', () => expect(allows(['*'], 'environments.production.write')).toBe(true));
test('who may modify may view, not the other way round', () => {
  expect(allows(['models.modify'], 'models.view')).toBe(true);
  expect(allows(['models.view'], 'models.modify')).toBe(false);
});
test('the right to one environment is no right to another', () => {
  expect(allows(['environments.experimental.write'], 'environments.production.write')).toBe(false);
  expect(allows(['environments.*.write'], 'environments.production.write')).toBe(true);
});
test('who may write an environment sees the list of environments', () =>
  expect(allows(['environments.experimental.write'], 'environments.view')).toBe(true));
test('settings of environments do not let anybody move a tag', () =>
  expect(allows(['environments.modify'], 'environments.production.write')).toBe(false));
