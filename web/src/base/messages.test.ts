import { expect, test } from 'vitest';
import { messagesOf } from './messages';

function stream(...pieces: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}
async function all(source: AsyncGenerator<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const item of source) list.push(item);
  return list;
}

test('messages are whole however the network cuts them', async () =>
  expect(await all(messagesOf(stream('event: job\nda', 'ta: {"a":1}\n', '\ndata: {"a":2}\n\n')))).toEqual(['{"a":1}', '{"a":2}']));
test('comments and unfinished messages are no messages', async () =>
  expect(await all(messagesOf(stream(': still here\n\n', 'data: {"a"')))).toEqual([]));
