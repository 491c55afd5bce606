// Which plans are in force, and lists of departures as they are to be.

import type { Schemas } from '../../lib/api/client';

type Window = Pick<Schemas['MaintenanceWindow'], 'startTimestamp' | 'endTimestamp'>;

/** stateOf tells whether a window runs, is to come, or is over. */
export function stateOf(w: Window, now: number): 'running' | 'coming' | 'over' {
  if (Date.parse(w.endTimestamp) <= now) return 'over';
  return Date.parse(w.startTimestamp) <= now ? 'running' : 'coming';
}

/** byTurn puts what runs first, then what comes soonest, then what was over last. */
export function byTurn<W extends Window>(windows: W[], now: number): W[] {
  const turn = { running: 0, coming: 1, over: 2 };
  return [...windows].sort((a, b) => {
    const states = [stateOf(a, now), stateOf(b, now)] as const;
    if (states[0] !== states[1]) return turn[states[0]] - turn[states[1]];
    const by = Date.parse(a.startTimestamp) - Date.parse(b.startTimestamp);
    return states[0] === 'over' ? -by : by;
  });
}

/** A port of a charger is kept, or may be: the charger has not told. */
export function inForce(state: string): boolean {
  return state === 'accepted' || state === 'unknown';
}

export interface Planned {
  departureTime: string;
  shiftName: string | null;
  routeName: string | null;
  targetSoc: number;
}

/**
 * planned is the list of a vehicle's departures to come, with one taken out, one
 * put in, or both; null when another departs at that very time.
 */
export function planned(list: Planned[], now: number, out: string | null, put: Planned | null): Planned[] | null {
  const same = (a: string, b: string) => Date.parse(a) === Date.parse(b);
  const kept = list.filter((d) => Date.parse(d.departureTime) > now && !(out && same(d.departureTime, out)));
  if (put && kept.some((d) => same(d.departureTime, put.departureTime))) return null;
  const all = put ? [...kept, put] : kept;
  return all.sort((a, b) => Date.parse(a.departureTime) - Date.parse(b.departureTime)).map(({ departureTime, shiftName, routeName, targetSoc }) => ({ departureTime, shiftName, routeName, targetSoc }));
}

/** A number for a reservation that no other is likely to have: chargers know them by it. */
export function reservationNumber(now: number): number {
  return (Math.floor(now / 1000) % 2147483646) + 1;
}
