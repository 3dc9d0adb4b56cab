// The one place that talks to the server. Paths and query names are checked against the server's own description
// (routes.ts); answers are typed in types.ts.
//
//   const models = await call<Model[]>('GET /api/projects/{project}/models', { query: { limit: 50 } });
import type { Routes } from './routes';

type Keys<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Keys<Rest> : never;
export type RouteName = keyof Routes & string;
export interface CallOptions<R extends RouteName> {
  path?: Partial<Record<Exclude<Keys<R>, 'project'>, string | number>>;
  query?: Partial<Record<Routes[R] & string, string | number | boolean | undefined | null>>;
  body?: unknown;
  signal?: AbortSignal;
}

/** What the server refused, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly help = '',
    readonly requestId = '',
    readonly details: unknown = null,
  ) {
    super(message);
  }
}

const kTokenKey = 'greenroom.token';
const kSessionHint = 'greenroom.session';

/** Below which folder the server answers: what stands before `ui/` in the address. */
export const root = new URL('../', document.baseURI).href;

export const credentials = {
  csrf: '',
  get token(): string {
    return sessionStorage.getItem(kTokenKey) ?? '';
  },
  set token(value: string) {
    if (value) sessionStorage.setItem(kTokenKey, value);
    else sessionStorage.removeItem(kTokenKey);
  },
  // Whether it is worth asking who one is: without it the first visit would begin with a refused request.
  get expected(): boolean {
    return this.token !== '' || localStorage.getItem(kSessionHint) !== null;
  },
  set expected(value: boolean) {
    if (value) localStorage.setItem(kSessionHint, '1');
    else localStorage.removeItem(kSessionHint);
  },
};

let onSignedOut: () => void = () => {};
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

export function urlOf<R extends RouteName>(route: R, options: CallOptions<R> = {}): string {
  const values: Record<string, unknown> = { project: 'default', ...options.path };
  const path = route
    .slice(route.indexOf(' ') + 2)
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? '')));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return root + path + (text ? `?${text}` : '');
}

export function headersFor(method: string): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (credentials.token) headers.Authorization = `Bearer ${credentials.token}`;
  else if (method !== 'GET' && credentials.csrf) headers['X-CSRF-Token'] = credentials.csrf;
  return headers;
}

export function errorOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text);
    return new ApiError(status, body.reason ?? '', body.message ?? '', body.help ?? '', body.request_id ?? '', body.details);
  } catch {
    return new ApiError(status, 'unreadable', text.slice(0, 200) || `HTTP ${status}`);
  }
}

export async function send<R extends RouteName>(route: R, options: CallOptions<R> = {}): Promise<Response> {
  const method = route.slice(0, route.indexOf(' '));
  const headers = headersFor(method);
  const init: RequestInit = { method, headers, credentials: 'same-origin', signal: options.signal ?? null };
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  let answer: Response;
  try {
    answer = await fetch(urlOf(route, options), init);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new ApiError(0, 'unreachable', '');
  }
  if (answer.ok) return answer;
  const error = errorOf(answer.status, await answer.text());
  if (error.status === 401 && route !== 'POST /api/sessions') onSignedOut();
  throw error;
}

export async function call<T, R extends RouteName = RouteName>(route: R, options: CallOptions<R> = {}): Promise<T> {
  const answer = await send(route, options);
  const text = await answer.text();
  return (text ? JSON.parse(text) : null) as T;
}

export interface Page<T> {
  items: T[];
  total: number;
}

export async function page<T, R extends RouteName = RouteName>(route: R, options: CallOptions<R> = {}): Promise<Page<T>> {
  const answer = await send(route, options);
  const items = (await answer.json()) as T[];
  return { items, total: Number(answer.headers.get('X-Total-Count') ?? items.length) };
}
