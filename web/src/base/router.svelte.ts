// Addresses of pages: /ui/models?limit=3 is path "models" and its query. Back and forward work; filters live in the query.
const base = new URL('./', document.baseURI);

function read(): { path: string; query: URLSearchParams } {
  const path = decodeURI(location.pathname.slice(base.pathname.length)).replace(/\/$/, '');
  return { path, query: new URLSearchParams(location.search) };
}

class Place {
  current = $state.raw(read());
  segments = $derived(this.current.path.split('/').map((part) => safeDecode(part)));
  constructor() {
    addEventListener('popstate', () => (this.current = read()));
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const place = new Place();

export function href(path: string, query: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  const text = new URLSearchParams(pairs).toString();
  return base.pathname + path + (text ? `?${text}` : '');
}

export function go(target: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  place.current = read();
}

/** For the whole document: clicks on links of the UI change the page without loading it anew. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(base.pathname) || link.getAttribute('href')?.startsWith('#')) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
