// What an operator should look at first.

import type { Counters } from '../../lib/live/protocol';

export interface Totals {
  chargers: number;
  connected: number;
  available: number;
  charging: number;
  faulted: number;
  powerKw: number;
}

/** totals adds up the counters of all sites. */
export function totals(sites: Iterable<Counters>): Totals {
  const t: Totals = { chargers: 0, connected: 0, available: 0, charging: 0, faulted: 0, powerKw: 0 };
  for (const s of sites) {
    t.chargers += s.chargers;
    t.connected += s.connected;
    t.available += s.available;
    t.charging += s.charging;
    t.faulted += s.faulted;
    t.powerKw += s.powerKw;
  }
  return t;
}

/** ordered puts sites with faults first, then those with offline ports, then by name. */
export function ordered(sites: Iterable<Counters>, filter: string): Counters[] {
  const word = filter.trim().toLowerCase();
  return [...sites]
    .filter((s) => s.name.toLowerCase().includes(word))
    .sort((a, b) => b.faulted - a.faulted || b.offline - a.offline || a.name.localeCompare(b.name));
}

/** energyOf adds up the energy of today, in kWh. */
export function energyOf(days: Iterable<{ energyTodayKwh: number }>): number {
  let sum = 0;
  for (const d of days) sum += d.energyTodayKwh;
  return sum;
}
