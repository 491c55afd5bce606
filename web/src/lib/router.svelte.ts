// Where the page is: the path, its parameters and its query, kept in the
// address bar so that every view is a link.

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

export const place: Place = $state(here());

function arrive() {
  Object.assign(place, here());
}

/** goTo shows another page, or replaces this one in the history. */
export function goTo(url: string, o: { replace?: boolean } = {}) {
  if (o.replace) history.replaceState(null, '', url);
  else {
    history.pushState(null, '', url);
    scrollTo(0, 0);
  }
  arrive();
}

/** setQuery changes parameters of the query; null takes one away, a list repeats it. */
export function setQuery(changes: Record<string, string | number | string[] | null>) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    if (Array.isArray(value)) value.forEach((v) => query.append(name, v));
    else if (value !== null && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  goTo(location.pathname + (text ? `?${text}` : '') + location.hash, { replace: true });
}

/** match returns the parameters of a path such as /sites/{id}; null when it is another. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split('/');
  const got = path.replace(/(.)\/$/, '$1').split('/');
  if (want.length !== got.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const text = got[i]!;
    if (part.startsWith('{')) found[part.slice(1, -1)] = decodeURIComponent(text);
    else if (part !== text) return null;
  }
  return found;
}

/** listen makes links within the console change the page without loading it. */
export function listen() {
  addEventListener('popstate', arrive);
  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const link = e.target instanceof Element ? e.target.closest('a') : null;
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api') || (link.pathname === location.pathname && link.hash)) return;
    e.preventDefault();
    goTo(link.pathname + link.search + link.hash);
  });
}
