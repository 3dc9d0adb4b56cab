import { expect, test } from 'vitest';
import { piecesOf, turnsOf } from './trace';

const event = (name: string) => ({ event: name, timestamp: 0 });

test('a turn begins with what the user said', () => {
  const turns = turnsOf([event('action'), event('user'), event('bot'), event('user')]);
  expect(turns.map((turn) => [turn.user?.event ?? null, turn.replies.length])).toEqual([[null, 0], ['user', 1], ['user', 0]]);
});
test('entities are cut out of the text', () =>
  expect(piecesOf('for 2 people', [{ entity: 'guests', start: 4, end: 5, value: '2' }]).map((one) => one.text)).toEqual(['for ', '2', ' people']));
test('offsets count characters, not code units', () =>
  expect(piecesOf('😀 in Rom', [{ entity: 'city', start: 5, end: 8, value: 'Rom' }]).map((one) => one.text)).toEqual(['😀 in ', 'Rom']));
test('what overlaps or lies outside is shown once, as text', () =>
  expect(
    piecesOf('abc', [
      { entity: 'a', start: 0, end: 2, value: '' },
      { entity: 'b', start: 1, end: 3, value: '' },
      { entity: 'c', start: 2, end: 9, value: '' },
    ]).map((one) => one.text),
  ).toEqual(['ab', 'c']));
