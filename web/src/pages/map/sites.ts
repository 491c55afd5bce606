// The sites that a map shows, and which of several needs a look first.

import type { Counters } from '../../lib/live/protocol';
import type { IconName } from '../../lib/ui/Icon.svelte';

export interface MapSite extends Counters {
  latitude: number;
  longitude: number;
}

export type SiteState = 'faulted' | 'away' | 'charging' | 'free' | 'empty';

/** How much a state needs a look, most first. */
const urgency: SiteState[] = ['faulted', 'away', 'charging', 'free', 'empty'];

export function stateOf(s: Counters): SiteState {
  if (s.faulted > 0) return 'faulted';
  if (s.chargers > 0 && s.connected === 0) return 'away';
  if (s.charging > 0) return 'charging';
  return s.ports > 0 ? 'free' : 'empty';
}

/** worst is the state of those that need a look most. */
export function worst(sites: Counters[]): SiteState {
  const found = new Set(sites.map(stateOf));
  return urgency.find((u) => found.has(u)) ?? 'empty';
}

export function lookOf(state: SiteState): { colour: string; sign: IconName } {
  switch (state) {
    case 'faulted':
      return { colour: 'red', sign: 'warning' };
    case 'away':
      return { colour: 'grey', sign: 'away' };
    case 'charging':
      return { colour: 'blue', sign: 'boltFull' };
    case 'free':
      return { colour: 'green', sign: 'free' };
    case 'empty':
      return { colour: 'grey', sign: 'question' };
  }
}

/** placed are the counters of the sites of which it is known where they are. */
export function placed(sites: Iterable<Counters>, places: Map<number, { latitude: number | null; longitude: number | null }>): MapSite[] {
  const found: MapSite[] = [];
  for (const s of sites) {
    const at = places.get(s.siteId);
    if (at && at.latitude !== null && at.longitude !== null) found.push({ ...s, latitude: at.latitude, longitude: at.longitude });
  }
  return found;
}
