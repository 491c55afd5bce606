// The live estate as pages use it: maps that follow the server.

import { onDestroy } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { api, authorization, must } from '../api/client';
import { Hub } from './hub';
import type { Change, Counters, FromPage, Interest, LiveCharger, Liveness, SiteHead, Snapshot, ToPage } from './protocol';

/** liveness tells how the stream does. */
export const liveness: Liveness = $state({ live: false, heardAt: null, problem: null });

type Heard = { snapshot: (s: Snapshot) => void; changes: (c: Change[]) => void };

const watches = new Map<number, Heard>();
const signedOut = new Set<() => void>();
let numbered = 0;
let say: ((m: FromPage) => void) | null = null;

/** onStreamRefused calls back when the server no longer knows who asks. */
export function onStreamRefused(then: () => void) {
  signedOut.add(then);
}

function heard(m: ToPage) {
  switch (m.say) {
    case 'snapshot':
      watches.get(m.watch)?.snapshot(m.snapshot);
      break;
    case 'changes':
      watches.get(m.watch)?.changes(m.changes);
      break;
    case 'liveness':
      Object.assign(liveness, m.liveness);
      break;
    case 'signedOut':
      signedOut.forEach((then) => then());
      break;
  }
}

function connect(): (m: FromPage) => void {
  if (say) return say;
  const key = authorization();
  if (typeof SharedWorker === 'undefined' || key.Authorization) {
    say = new Hub(key).join(heard);
  } else {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'chargeyard live' });
    worker.port.onmessage = (m: MessageEvent<ToPage>) => heard(m.data);
    worker.port.start();
    say = (m) => worker.port.postMessage(m);
    addEventListener('pagehide', () => say?.({ say: 'bye' }));
    // Back from the browser's cache of pages: the worker has forgotten us.
    addEventListener('pageshow', (e) => e.persisted && location.reload());
  }
  return say;
}

/** retryStream opens the streams anew, after somebody signed in. */
export function retryStream() {
  connect()({ say: 'retry' });
}

function watch(interest: Interest, h: Heard): () => void {
  const id = ++numbered;
  watches.set(id, h);
  connect()({ say: 'watch', watch: id, interest });
  return () => {
    watches.delete(id);
    say?.({ say: 'unwatch', watch: id });
  };
}

/** An Estate is what is followed of the estate, or what it was at a moment. */
export class Estate {
  /** Something was told; before, nothing is known, which is not the same as nothing there. */
  ready = $state(false);
  error: unknown = $state(null);
  readonly sites = new SvelteMap<number, SiteHead>();
  readonly chargers = new SvelteMap<number, LiveCharger>();

  /** The chargers of a site, by id. */
  of(siteId: number): LiveCharger[] {
    return [...this.chargers.values()].filter((c) => c.siteId === siteId).sort((a, b) => a.charger.id - b.charger.id);
  }

  /** The sites by name. */
  sorted(): SiteHead[] {
    return [...this.sites.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  take(s: Snapshot) {
    refill(this.sites, s.sites, (x) => x.id);
    refill(this.chargers, s.chargers, (x) => x.charger.id);
    this.ready = true;
  }

  apply(changes: Change[]) {
    for (const c of changes) {
      if (c.is === 'charger') this.chargers.set(c.charger.id, { siteId: c.siteId, charger: c.charger });
      if (c.is === 'removed') this.chargers.delete(c.id);
      if (c.is === 'site') this.sites.set(c.site.id, c.site);
      if (c.is === 'siteRemoved') this.sites.delete(c.id);
    }
  }
}

function refill<T>(map: SvelteMap<number, T>, rows: T[], id: (row: T) => number) {
  const keep = new Set(rows.map(id));
  for (const old of [...map.keys()]) if (!keep.has(old)) map.delete(old);
  for (const row of rows) map.set(id(row), row);
}

/**
 * followEstate follows sites or chargers as long as the component that calls it
 * lives; with a moment (ISO 8601) it shows how they were then. Call it while a
 * component is set up.
 */
export function followEstate(what: { siteIds?: number[]; chargerIds?: number[] }, at: string | null): Estate {
  const estate = new Estate();
  if (at) {
    void past(estate, what, at);
    return estate;
  }
  onDestroy(watch({ of: 'estate', ...what }, { snapshot: (s) => estate.take(s), changes: (c) => estate.apply(c) }));
  return estate;
}

async function past(estate: Estate, what: { siteIds?: number[]; chargerIds?: number[] }, at: string) {
  try {
    const document = await must(api.GET('/api/sites', { params: { query: { at } } }));
    const sites = Array.isArray(document.data) ? document.data : [];
    const snapshot: Snapshot = { sites: [], chargers: [], counters: [] };
    for (const { chargers, ...head } of sites) {
      if (what.siteIds && !what.siteIds.includes(head.id)) continue;
      const kept = chargers.filter((c) => !what.chargerIds || what.chargerIds.includes(c.id));
      if (what.chargerIds && kept.length === 0) continue;
      snapshot.sites.push(head);
      snapshot.chargers.push(...kept.map((charger) => ({ siteId: head.id, charger })));
    }
    estate.take(snapshot);
  } catch (e) {
    estate.error = e;
  }
}

/** Overview are the counters of all sites. */
export class Overview {
  ready = $state(false);
  readonly sites = new SvelteMap<number, Counters>();
}

/** followCounters follows the counters of all sites as long as the component lives. */
export function followCounters(): Overview {
  const o = new Overview();
  onDestroy(
    watch(
      { of: 'counters' },
      {
        snapshot: (s) => {
          refill(o.sites, s.counters, (c) => c.siteId);
          o.ready = true;
        },
        changes: (changes) => {
          for (const c of changes) {
            if (c.is === 'counters') o.sites.set(c.counters.siteId, c.counters);
            if (c.is === 'siteRemoved') o.sites.delete(c.id);
          }
        },
      },
    ),
  );
  return o;
}
