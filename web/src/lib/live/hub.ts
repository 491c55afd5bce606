// The hub holds at most two streams, the counters of all sites and the part of
// the estate that any page follows, and tells each page what it asked for. It
// lives in a worker that all tabs share, or in the page where there is none.

import { follow, type ServerEvent } from './events';
import type { Change, Counters, FromPage, Interest, LiveCharger, Liveness, SiteHead, Snapshot, ToPage } from './protocol';

/** Changes are gathered for so long, so that pages draw once for many. */
const gather = 100;

interface Watch {
  interest: Interest;
  /** It got its first snapshot; changes make no sense before. */
  started: boolean;
  pending: Change[];
}

interface Client {
  tell: (m: ToPage) => void;
  watches: Map<number, Watch>;
}

type EstateInterest = Extract<Interest, { of: 'estate' }>;

/** union is what a stream must carry for all the interests; null for none. */
export function union(interests: EstateInterest[]): EstateInterest | null {
  if (interests.length === 0) return null;
  const sites = new Set<number>();
  const chargers = new Set<number>();
  for (const i of interests) {
    if (!i.siteIds && !i.chargerIds) return { of: 'estate' };
    i.siteIds?.forEach((id) => sites.add(id));
    i.chargerIds?.forEach((id) => chargers.add(id));
  }
  // The server shows what meets both lists, so two kinds at once need everything.
  if (sites.size > 0 && chargers.size > 0) return { of: 'estate' };
  const sorted = (ids: Set<number>) => [...ids].sort((a, b) => a - b);
  return sites.size > 0 ? { of: 'estate', siteIds: sorted(sites) } : { of: 'estate', chargerIds: sorted(chargers) };
}

/** streamURL is where an interest is streamed. */
export function streamURL(i: Interest): string {
  const query = new URLSearchParams();
  if (i.of === 'counters') query.set('counters', 'true');
  else {
    i.siteIds?.forEach((id) => query.append('siteIds', String(id)));
    i.chargerIds?.forEach((id) => query.append('chargerIds', String(id)));
  }
  const text = query.toString();
  return text ? `/api/sites/stream?${text}` : '/api/sites/stream';
}

/** A Feed is one stream and what it has told so far. */
class Feed {
  readonly sites = new Map<number, SiteHead>();
  readonly chargers = new Map<number, LiveCharger>();
  readonly counters = new Map<number, Counters>();
  ready = false;
  readonly #stop = new AbortController();

  constructor(
    readonly url: string,
    headers: Record<string, string>,
    private readonly hub: { fresh: (f: Feed) => void; changed: (f: Feed, c: Change) => void; state: (l: boolean, p: string | null) => void; refused: () => void },
  ) {
    void follow({
      url,
      headers,
      signal: this.#stop.signal,
      event: (e) => this.#event(e),
      state: (live, problem) => this.hub.state(live, problem),
      refused: () => this.hub.refused(),
    });
  }

  stop() {
    this.#stop.abort();
  }

  #event(e: ServerEvent) {
    switch (e.name) {
      case 'snapshot':
        this.#snapshot(JSON.parse(e.data));
        break;
      case 'charger': {
        const c: { siteId: number; charger: LiveCharger['charger']; reasons: string[] } = JSON.parse(e.data);
        this.chargers.set(c.charger.id, { siteId: c.siteId, charger: c.charger });
        this.hub.changed(this, { is: 'charger', ...c });
        break;
      }
      case 'removed': {
        const { id }: { id: number } = JSON.parse(e.data);
        this.chargers.delete(id);
        this.hub.changed(this, { is: 'removed', id });
        break;
      }
      case 'site': {
        const { site }: { site: SiteHead } = JSON.parse(e.data);
        this.sites.set(site.id, site);
        this.hub.changed(this, { is: 'site', site });
        break;
      }
      case 'siteRemoved': {
        const { id }: { id: number } = JSON.parse(e.data);
        this.sites.delete(id);
        this.counters.delete(id);
        this.hub.changed(this, { is: 'siteRemoved', id });
        break;
      }
      case 'counters': {
        const counters: Counters = JSON.parse(e.data);
        this.counters.set(counters.siteId, counters);
        this.hub.changed(this, { is: 'counters', counters });
        break;
      }
    }
  }

  #snapshot(document: { data: (SiteHead & { chargers?: LiveCharger['charger'][] } & Counters)[] }) {
    this.sites.clear();
    this.chargers.clear();
    this.counters.clear();
    for (const row of document.data) {
      if (!Array.isArray(row.chargers)) {
        this.counters.set(row.siteId, row);
        continue;
      }
      const { chargers, ...head } = row;
      this.sites.set(head.id, head as SiteHead);
      for (const charger of chargers) this.chargers.set(charger.id, { siteId: head.id, charger });
    }
    this.ready = true;
    this.hub.fresh(this);
  }
}

export class Hub {
  readonly #clients = new Set<Client>();
  #countersFeed: Feed | null = null;
  #estateFeed: Feed | null = null;
  #liveness: Liveness = { live: false, heardAt: null, problem: null };
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly headers: Record<string, string> = {}) {}

  /** join makes a client; its function takes what the page says. */
  join(tell: (m: ToPage) => void): (m: FromPage) => void {
    const client: Client = { tell, watches: new Map() };
    this.#clients.add(client);
    tell({ say: 'liveness', liveness: this.#liveness });
    return (m) => {
      switch (m.say) {
        case 'watch':
          client.watches.set(m.watch, { interest: m.interest, started: false, pending: [] });
          this.#arrange();
          this.#begin(client);
          break;
        case 'unwatch':
          client.watches.delete(m.watch);
          this.#arrange();
          break;
        case 'bye':
          this.#clients.delete(client);
          this.#arrange();
          break;
        case 'retry':
          this.#drop();
          this.#arrange();
          break;
      }
    };
  }

  #all(): Watch[] {
    return [...this.#clients].flatMap((c) => [...c.watches.values()]);
  }

  /** #arrange opens and closes streams as the pages' interests need. */
  #arrange() {
    const interests = this.#all().map((w) => w.interest);
    this.#countersFeed = this.#feed(this.#countersFeed, interests.some((i) => i.of === 'counters') ? { of: 'counters' } : null);
    this.#estateFeed = this.#feed(this.#estateFeed, union(interests.filter((i) => i.of === 'estate')));
  }

  #feed(now: Feed | null, want: Interest | null): Feed | null {
    const url = want && streamURL(want);
    if (now?.url === url) return now;
    now?.stop();
    if (!url) return null;
    return new Feed(url, this.headers, {
      fresh: (f) => this.#fresh(f),
      changed: (f, c) => this.#changed(f, c),
      state: (live, problem) => this.#state(live, problem),
      refused: () => {
        this.#drop();
        this.#clients.forEach((c) => c.tell({ say: 'signedOut' }));
      },
    });
  }

  #drop() {
    this.#countersFeed?.stop();
    this.#estateFeed?.stop();
    this.#countersFeed = this.#estateFeed = null;
  }

  #feedOf(i: Interest): Feed | null {
    return i.of === 'counters' ? this.#countersFeed : this.#estateFeed;
  }

  /** #begin sends a first snapshot to the watches that can have one already. */
  #begin(client: Client) {
    for (const [watch, w] of client.watches) {
      const feed = this.#feedOf(w.interest);
      if (w.started || !feed?.ready) continue;
      w.started = true;
      client.tell({ say: 'snapshot', watch, snapshot: shown(feed, w.interest) });
    }
  }

  #fresh(feed: Feed) {
    for (const client of this.#clients) {
      for (const w of client.watches.values()) {
        if (this.#feedOf(w.interest) !== feed) continue;
        w.started = false;
        w.pending = [];
      }
      this.#begin(client);
    }
  }

  #changed(feed: Feed, change: Change) {
    for (const w of this.#all()) {
      if (w.started && this.#feedOf(w.interest) === feed && concerns(w.interest, change)) w.pending.push(change);
    }
    this.#timer ??= setTimeout(() => this.#flush(), gather);
  }

  #flush() {
    this.#timer = null;
    for (const client of this.#clients) {
      for (const [watch, w] of client.watches) {
        if (w.pending.length === 0) continue;
        client.tell({ say: 'changes', watch, changes: latest(w.pending) });
        w.pending = [];
      }
    }
  }

  #state(live: boolean, problem: string | null) {
    const before = this.#liveness;
    this.#liveness = { live, problem, heardAt: live ? Date.now() : before.heardAt };
    // A page shows when the server was last heard, to the second; not oftener.
    if (before.live !== live || before.problem !== problem || (this.#liveness.heardAt ?? 0) - (before.heardAt ?? 0) > 1000) {
      this.#clients.forEach((c) => c.tell({ say: 'liveness', liveness: this.#liveness }));
    } else {
      this.#liveness.heardAt = before.heardAt;
    }
  }
}

/** latest leaves of the changes of one thing only the last. */
export function latest(changes: Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const c of changes) {
    const key =
      c.is === 'charger' ? `charger ${c.charger.id}` : c.is === 'counters' ? `counters ${c.counters.siteId}` : c.is === 'site' ? `site ${c.site.id}` : c.is === 'removed' ? `charger ${c.id}` : `site ${c.id}`;
    last.delete(key);
    last.set(key, c);
  }
  return [...last.values()];
}

function concerns(i: Interest, c: Change): boolean {
  if (i.of === 'counters') return c.is === 'counters' || c.is === 'siteRemoved';
  switch (c.is) {
    case 'charger':
      return (!i.siteIds && !i.chargerIds) || !!i.siteIds?.includes(c.siteId) || !!i.chargerIds?.includes(c.charger.id);
    case 'site':
      return !i.siteIds || i.siteIds.includes(c.site.id);
    case 'counters':
      return false;
    default:
      return true; // who does not show it loses nothing
  }
}

function shown(feed: Feed, i: Interest): Snapshot {
  if (i.of === 'counters') return { sites: [], chargers: [], counters: [...feed.counters.values()] };
  const chargers = [...feed.chargers.values()].filter((c) => concerns(i, { is: 'charger', siteId: c.siteId, charger: c.charger, reasons: [] }));
  const standing = new Set(chargers.map((c) => c.siteId));
  const sites = [...feed.sites.values()].filter((s) => (i.chargerIds ? standing.has(s.id) : concerns(i, { is: 'site', site: s })));
  return { sites, chargers, counters: [] };
}
