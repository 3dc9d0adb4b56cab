// Server-sent events over fetch: an EventSource cannot send an access token. Comes back after an interruption until
// the reader says that it has seen the last one.
import { send, type CallOptions, type RouteName } from './api';
import { messagesOf } from './messages';

export async function follow<T, R extends RouteName>(
  route: R,
  options: CallOptions<R>,
  take: (value: T) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 15_000)) {
    try {
      const answer = await send(route, { ...options, signal });
      for await (const data of messagesOf(answer.body!)) {
        wait = 500;
        if (take(JSON.parse(data) as T)) return;
      }
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
