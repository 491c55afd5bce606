// The curve of a day: what the server kept, and what was seen since.

import type { PowerPoint } from './wire';

export interface Curve {
  times: number[];
  power: (number | null)[];
  limit: (number | null)[];
}

/** Live points stand no closer than this. */
const apart = 15_000;

/** joined puts the live points behind those of the server that are older. */
export function joined(kept: PowerPoint[], live: { at: number; power: number; limit: number | null }[]): Curve {
  const curve: Curve = { times: [], power: [], limit: [] };
  for (const p of kept) {
    curve.times.push(Date.parse(p.timestamp));
    curve.power.push(p.powerKw);
    curve.limit.push(p.limitKw);
  }
  const end = curve.times.at(-1) ?? -Infinity;
  for (const p of live) {
    if (p.at <= end) continue;
    curve.times.push(p.at);
    curve.power.push(p.power);
    curve.limit.push(p.limit);
  }
  return curve;
}

/** appended adds what is seen now; a point too close to the last one takes its place. */
export function appended<P extends { at: number }>(live: P[], point: P): P[] {
  const before = live.at(-2);
  if (before && (live.at(-1)?.at ?? 0) - before.at < apart) return [...live.slice(0, -1), point];
  return [...live, point].slice(-6000);
}
