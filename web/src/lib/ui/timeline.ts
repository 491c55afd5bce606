// What the timeline works with: stretches of time, what of them is drawn, and where the view moves.

import type { Schemas } from '../api/client';

export interface Stretch {
  from: number;
  /** Null while it lasts. */
  to: number | null;
  /** A status, Connected or Disconnected, or Session. */
  state: string;
  sessionId?: number;
}

export interface Bar {
  id: string;
  title: string;
  what: 'status' | 'connection' | 'session';
  port: number | null;
  /** By their start, rising. */
  stretches: Stretch[];
}

export interface View {
  from: number;
  to: number;
}

const minute = 60_000;
export const ranges: Record<string, number> = { hour: 60 * minute, day: 1440 * minute, week: 7 * 1440 * minute, month: 30 * 1440 * minute };
const shortest = 5 * minute;
const longest = 366 * 1440 * minute;

/** zoom makes the view longer (factor > 1) or shorter around a moment, which stays where it is. */
export function zoom(v: View, factor: number, around: number): View {
  const length = Math.min(longest, Math.max(shortest, (v.to - v.from) * factor));
  const share = (around - v.from) / (v.to - v.from);
  const from = around - share * length;
  return { from, to: from + length };
}

/** move shifts the view by a share of its length, but not past a moment. */
export function move(v: View, share: number, latest: number): View {
  const length = v.to - v.from;
  const to = Math.min(latest, v.to + share * length);
  return { from: to - length, to };
}

/** stretchesOf takes the stretches out of intervals as the server lists them, newest first. */
export function stretchesOf(intervals: Schemas['Intervals']['data'], port: number | null): Stretch[] {
  return intervals
    .filter((i) => port === null || i.port === port)
    .map((i) => ({
      from: Date.parse(i.startTimestamp),
      to: i.endTimestamp ? Date.parse(i.endTimestamp) : null,
      state: i.ocppStatus?.status ?? i.connectionStatus ?? 'Session',
      ...(i.sessionId === undefined ? {} : { sessionId: i.sessionId }),
    }))
    .sort((a, b) => a.from - b.from);
}

export interface Block {
  /** Pixels from the left. */
  x: number;
  width: number;
  state: string;
}

/**
 * blocks are what is drawn of a bar: only what is in view, and of the many that
 * fall on one pixel those of one state as one, so that their number is bounded by the width.
 */
export function blocks(stretches: Stretch[], v: View, width: number, now: number): Block[] {
  const drawn: Block[] = [];
  const scale = width / (v.to - v.from);
  for (const s of stretches) {
    const to = Math.min(s.to ?? Math.min(now, v.to), v.to);
    if (to < v.from || s.from >= v.to) continue;
    const x = Math.max(0, (s.from - v.from) * scale);
    const w = (to - v.from) * scale - x;
    const last = drawn.at(-1);
    const small = last && w < 1 && last.width < 1 && Math.floor(last.x) === Math.floor(x);
    if (last && last.state === s.state && x - (last.x + last.width) < 0.01) last.width = x + w - last.x;
    else if (small && rank(last.state) >= rank(s.state)) continue;
    else if (small) last.state = s.state;
    else drawn.push({ x, width: w, state: s.state });
  }
  return drawn.map((b) => ({ ...b, width: Math.max(1, b.width) }));
}

/** A fault is never hidden behind what matters less. */
function rank(state: string): number {
  return state === 'Faulted' ? 2 : state === 'Disconnected' ? 1 : 0;
}

/** at finds the stretch that holds a moment; null when nothing is known of it. */
export function stretchAt(stretches: Stretch[], t: number, now: number): Stretch | null {
  let lo = 0;
  let hi = stretches.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (stretches[mid]!.from <= t) lo = mid + 1;
    else hi = mid;
  }
  const s = stretches[lo - 1];
  return s && t < (s.to ?? now) ? s : null;
}

/** ticks are moments on whole steps, at most about eight in a view. */
export function ticks(v: View): number[] {
  const steps = [1, 5, 15, 60, 180, 360, 1440, 2880, 10_080, 43_200].map((m) => m * minute);
  const step = steps.find((s) => (v.to - v.from) / s <= 8) ?? steps.at(-1)!;
  const out: number[] = [];
  for (let t = Math.ceil(v.from / step) * step; t < v.to; t += step) out.push(t);
  return out;
}
