// Server-sent events over fetch, which, unlike EventSource, tells a refusal from
// a lost connection and can carry a key.

export interface ServerEvent {
  name: string;
  data: string;
  /** Empty when the event carries none. */
  id: string;
}

/** EventParser turns text, cut anywhere, into events. */
export class EventParser {
  #rest = '';
  #name = '';
  #data: string[] = [];
  #id = '';

  /** Returns the events that the text completes. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): ServerEvent | null {
    if (line === '') {
      const event = this.#data.length > 0 ? { name: this.#name || 'message', data: this.#data.join('\n'), id: this.#id } : null;
      this.#name = '';
      this.#data = [];
      this.#id = '';
      return event;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return null; // a comment: the stream lives
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'data') this.#data.push(value);
    if (field === 'id') this.#id = value;
    return null;
  }
}

/** The server refuses the stream; asking again the same way is no use. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Silence after which a stream counts as dead; the server comments every 15 s. */
const silence = 40_000;

export interface Reading {
  url: string;
  lastEventId?: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** Called for every piece that arrives, also comments. */
  heard?: () => void;
}

/** readEvents yields the events of one connection until it ends. */
export async function* readEvents(r: Reading): AsyncGenerator<ServerEvent> {
  const dead = new AbortController();
  const signal = AbortSignal.any([r.signal, dead.signal]);
  let timer = setTimeout(() => dead.abort(), silence);
  try {
    const headers: Record<string, string> = { Accept: 'text/event-stream', ...r.headers };
    if (r.lastEventId) headers['Last-Event-ID'] = r.lastEventId;
    const answer = await fetch(r.url, { headers, signal, cache: 'no-store' });
    if (!answer.ok || !answer.body) {
      const body: { error?: string } = await answer.json().catch(() => ({}));
      throw new Refused(answer.status, body.error ?? `The server answered ${answer.status}.`);
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => dead.abort(), silence);
      r.heard?.();
      yield* parser.push(value);
    }
  } finally {
    clearTimeout(timer);
    dead.abort();
  }
}

export interface Following {
  url: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
  event: (e: ServerEvent) => void;
  /** Told whenever a connection begins to deliver, lives, or is lost. */
  state: (live: boolean, problem: string | null) => void;
  refused: (r: Refused) => void;
}

/** follow reads a stream until its signal: lost connections are made again, from where they broke. */
export async function follow(f: Following): Promise<void> {
  let last = '';
  let wait = 500;
  while (!f.signal.aborted) {
    let problem = 'The connection to the server was lost.';
    try {
      const heard = () => {
        wait = 500;
        f.state(true, null);
      };
      for await (const e of readEvents({ url: f.url, headers: f.headers, lastEventId: last, signal: f.signal, heard })) {
        if (e.id) last = e.id;
        f.event(e);
        if (e.name === 'end') break;
      }
    } catch (cause) {
      if (f.signal.aborted) return;
      if (cause instanceof Refused) {
        if (cause.status === 401 || cause.status === 403) {
          f.refused(cause);
          return;
        }
        problem = cause.message;
      }
    }
    if (f.signal.aborted) return;
    f.state(false, problem);
    // Somewhat random, so that a hundred pages do not come back at once.
    await new Promise((then) => setTimeout(then, wait * (0.5 + Math.random())));
    wait = Math.min(wait * 2, 15_000);
  }
}
