// Uptime of ports, brought together by site and charger.

import type { Schemas } from '../../lib/api/client';

export type PortUptime = Schemas['PortUptime'];
export type Exclusion = Schemas['Exclusion'];

/** What 23 CFR 680.116(b) asks for: more than this. */
export const asked = 97;

/** meets reports whether the year of a port is above what the rule asks for. */
export function meets(uptimePercent: number): boolean {
  return uptimePercent > asked;
}

export interface Group {
  id: number;
  name: string;
  ports: PortUptime[];
  /** The lowest year of its ports: the rule is about each port. */
  worst: number;
  below: number;
  outageMinutes: number;
  excludedMinutes: number;
  /** Of the time in which the ports were known, of all of them together. */
  activePercent: number;
  /** A port was known for less than the year. */
  young: boolean;
}

/** grouped brings ports together, those with the lowest year first. */
export function grouped(ports: PortUptime[], by: (p: PortUptime) => { id: number; name: string }): Group[] {
  const groups = new Map<number, PortUptime[]>();
  const names = new Map<number, string>();
  for (const p of ports) {
    const { id, name } = by(p);
    names.set(id, name);
    groups.set(id, [...(groups.get(id) ?? []), p]);
  }
  const sum = (list: PortUptime[], of: (p: PortUptime) => number) => list.reduce((n, p) => n + of(p), 0);
  const made = [...groups].map(([id, list]): Group => {
    const active = sum(list, (p) => p.year.activeMinutes);
    return {
      id,
      name: names.get(id) ?? '',
      ports: list,
      worst: Math.min(...list.map((p) => p.year.uptimePercent)),
      below: list.filter((p) => !meets(p.year.uptimePercent)).length,
      outageMinutes: sum(list, (p) => p.year.outageMinutes),
      excludedMinutes: sum(list, (p) => p.year.excludedMinutes),
      activePercent: active > 0 ? sum(list, (p) => p.year.activeUptimePercent * p.year.activeMinutes) / active : 100,
      young: list.some((p) => !p.year.wholeYear),
    };
  });
  return made.sort((a, b) => a.worst - b.worst || a.name.localeCompare(b.name));
}

/** shownPercent cuts after two digits instead of rounding: 97.004 must not look like 97.01, nor 99.999 like 100. */
export function shownPercent(v: number): number {
  return Math.floor(Math.round(v * 1e6) / 1e4) / 100;
}

/** query writes what GET /api/admin/uptime and uptime.csv take. */
export function query(o: { months: number; site?: number | null; charger?: number | null; at?: string | null; detail?: boolean }): string {
  const q = new URLSearchParams({ months: String(o.months) });
  if (o.at) q.set('endTimestamp', o.at);
  if (o.site) q.set('siteIds', String(o.site));
  if (o.charger) q.set('chargerIds', String(o.charger));
  if (o.detail) q.set('detail', 'true');
  return q.toString();
}
