// The API as the console calls it: typed by the server's own description.

import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What a call came to when it did not succeed, in the server's words. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The HTTP status, 0 when the server could not be reached. */
    readonly status: number,
    /** What to name when asking the operator of the server. */
    readonly requestId: string | null,
    /** Seconds after which another try makes sense, null when the server did not say. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The key of a screen on a wall, which has no sign-in. */
let bearer: string | null = null;

export function useKey(key: string) {
  bearer = key;
}

export function authorization(): Record<string, string> {
  return bearer ? { Authorization: `Bearer ${bearer}` } : {};
}

const signedOut = new Set<() => void>();

/** onSignedOut calls back when the server no longer knows who asks. */
export function onSignedOut(then: () => void) {
  signedOut.add(then);
  return () => signedOut.delete(then);
}

async function send(request: Request): Promise<Response> {
  if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`);
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw new ApiError('The server cannot be reached.', 0, null);
  }
  if (!answer.ok && answer.status !== 304) throw await failure(answer);
  return answer;
}

async function failure(answer: Response): Promise<ApiError> {
  if (answer.status === 401) signedOut.forEach((then) => then());
  let text = `The server answered ${answer.status}.`;
  try {
    const body: unknown = await answer.json();
    if (body && typeof body === 'object' && 'error' in body && typeof body.error === 'string') text = body.error;
  } catch {
    // It was a proxy that answered, not the server.
  }
  const wait = Number(answer.headers.get('Retry-After'));
  return new ApiError(text, answer.status, answer.headers.get('X-Request-Id'), wait > 0 ? wait : null);
}

/** api calls the server; what does not succeed is thrown as an ApiError. */
export const api = createClient<paths>({ baseUrl: '/', fetch: send });

/** raw calls a path that carries no JSON: pictures and files. */
export function raw(path: string, init?: RequestInit): Promise<Response> {
  return send(new Request(new URL(path, location.origin), init));
}

/** must returns the data of a call that succeeded. */
export async function must<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  if (data === undefined) throw new ApiError('The server answered nothing.', 0, null);
  return data;
}

/** everyPage collects the rows of a list, page by page, up to a number of pages. */
export async function everyPage<Row>(
  page: (cursor: string | undefined) => Promise<{ data: Row[]; pagination: { nextPageCursor: string | null; hasNextPage: boolean } }>,
  most = 100,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < most; n++) {
    const got = await page(cursor);
    rows.push(...got.data);
    if (!got.pagination.hasNextPage || !got.pagination.nextPageCursor) break;
    cursor = got.pagination.nextPageCursor;
  }
  return rows;
}
