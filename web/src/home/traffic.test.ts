import { expect, test } from 'vitest';
import type { TrafficMinute } from '../base/types';
import { summaryOf } from './traffic';

const minute = (turns: number, failed = 0, p95 = 0): TrafficMinute => ({ at: 0, turns, failed, p50: 0, p95 });

test('the minute that is under way counts when it has more turns already', () => {
  expect(summaryOf([minute(4), minute(1)]).perMinute).toBe(4);
  expect(summaryOf([minute(4), minute(9)]).perMinute).toBe(9);
});
test('failures of the whole hour count', () => expect(summaryOf([minute(9, 2), minute(0), minute(3, 1)]).failed).toBe(3));
test('the time is that of the busiest recent minute', () =>
  expect(summaryOf([minute(500, 0, 9), minute(2, 0, 0.5), minute(40, 0, 0.012), minute(0), minute(1, 0, 0.2), minute(0)]).p95).toBe(12));
test('without turns there is no time', () => expect(summaryOf([minute(0)])).toEqual({ perMinute: 0, failed: 0, p95: null }));
