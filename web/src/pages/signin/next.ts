// Where somebody goes after signing in.

/** nextPlace returns the path that the query asks for, if it is one of this console; else the overview. */
export function nextPlace(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  // "//host" and "/\host" would be pages of somebody else.
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
