import { expect, test } from 'vitest';
import { partsOf, summaryOf } from './metrics';

test('numbers are named with their part', () =>
  expect(summaryOf({ '5_DIETClassifier': { loss: 0.12345 }, TEDPolicy: { examples: 58 } })).toBe('DIETClassifier: loss 0.123 · TEDPolicy: examples 58'));
test('parts that were taken over are counted', () =>
  expect(summaryOf({ a: { reused: true }, b: { reused: true }, TEDPolicy: { examples: 58 } })).toBe('TEDPolicy: examples 58 · 2 ↻'));
test('parts that were taken over are named apart', () =>
  expect(partsOf({ '0_Tokenizer': { reused: true }, TEDPolicy: { examples: 58 } })).toEqual({ measured: [['TEDPolicy', { examples: 58 }]], reused: ['Tokenizer'] }));
test('a model without metrics shows a dash', () => {
  expect(summaryOf(null)).toBe('–');
  expect(summaryOf({})).toBe('–');
});
