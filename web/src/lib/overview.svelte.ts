// All sites at a glance: their counters as they change, and what the server adds
// up over the day; or how it was at a moment.

import { onDestroy, untrack } from 'svelte';
import { raw } from './api/client';
import { followCounters } from './live/live.svelte';
import type { Counters } from './live/protocol';

/** A SiteDay is what GET /api/overview tells of a site beside its counters. */
export interface SiteDay {
  siteId: number;
  name: string;
  timezone: string;
  address: string | null;
  latitude: number | null;
  longitude: number | null;
  energyTodayKwh: number;
  sessionsToday: number;
  openAlerts: number;
  limitKw: number | null;
}

interface Answer {
  sites: (SiteDay & { counters: Counters })[];
  openAlerts: number;
  refusedLastHour: number | null;
}

/** How long figures of the day stand before a change makes them be asked for anew, in milliseconds. */
const stands = 10_000;

/** Glance is what a page shows of all sites. */
export class Glance {
  ready = $state(false);
  error: unknown = $state.raw(null);
  /** Drawn at most four times a second, however much changes. */
  counters: Counters[] = $state.raw([]);
  days: Map<number, SiteDay> = $state.raw(new Map());
  openAlerts: number | null = $state(null);
  refusedLastHour: number | null = $state(null);
  /** Tiles that lie over the map, where the operator set some. */
  tiles: { url: string; attribution: string } | null = $state.raw(null);

  async askForTiles() {
    const { data } = (await (await raw('/api/console')).json()) as { data: { mapTiles: { url: string; credit: string } | null } };
    if (data.mapTiles) this.tiles = { url: data.mapTiles.url, attribution: data.mapTiles.credit };
  }

  async ask(at: string | null) {
    try {
      const answer = await raw(`/api/overview${at ? `?at=${encodeURIComponent(at)}` : ''}`);
      const { data } = (await answer.json()) as { data: Answer };
      this.days = new Map(data.sites.map(({ counters: _, ...day }) => [day.siteId, day]));
      this.openAlerts = data.openAlerts;
      this.refusedLastHour = data.refusedLastHour;
      this.error = null;
      if (at) {
        this.counters = data.sites.map((s) => s.counters);
        this.ready = true;
      }
    } catch (e) {
      this.error = e;
    }
  }
}

/** glance follows all sites as long as the component lives. Call it while a component is set up. */
export function glance(at: string | null): Glance {
  const g = new Glance();
  void g.ask(at);
  void g.askForTiles().catch(() => undefined); // without them the map is drawn by itself
  if (at) return g;

  const live = followCounters();
  let told = ''; // the counters that the figures of the day follow from
  let askedAt = Date.now();
  const draw = () => {
    if (!live.ready) return;
    g.counters = [...live.sites.values()];
    g.ready = true;
    const now = g.counters.map((c) => `${c.siteId}:${c.sessions}:${Math.round(c.powerKw)}:${c.faulted}:${c.offline}`).join();
    if (now === told || document.hidden || Date.now() - askedAt < stands) return;
    told = now;
    askedAt = Date.now();
    void g.ask(null);
  };
  const timer = setInterval(draw, 250);
  $effect(() => {
    if (live.ready) untrack(draw); // the first ones at once
  });
  onDestroy(() => clearInterval(timer));
  return g;
}
