import { expect, test } from 'vitest';
import { windowOf } from './window';

const view = { height: 600, row: 60, total: 1_000_000, page: 100, spare: 5 };

test('the top of a list draws what is seen and a few more', () =>
  expect(windowOf({ ...view, top: 0 })).toEqual({ first: 0, last: 15, pages: [0] }));
test('the middle may lie on two pages', () => expect(windowOf({ ...view, top: 60 * 98 }).pages).toEqual([0, 1]));
test('the end does not go beyond the list', () => expect(windowOf({ ...view, top: 60 * 999_995 }).last).toBe(1_000_000));
test('an empty list needs nothing', () => expect(windowOf({ ...view, top: 0, total: 0 })).toEqual({ first: 0, last: 0, pages: [] }));
