// The course of a session as curves over time.

export interface Sample {
  timestamp: string;
  energyKwh: number;
  powerKw: number | null;
  currentA: number | null;
  voltage: number | null;
  socPercent: number | null;
}

export interface Gap {
  startTimestamp: string;
  endTimestamp: string;
}

export interface Course {
  times: number[];
  power: (number | null)[];
  current: (number | null)[];
  voltage: (number | null)[];
  soc: (number | null)[];
  energy: (number | null)[];
}

/** courseOf puts the samples into curves. A gap is one in the curves too: nothing is drawn across it. */
export function courseOf(samples: Sample[], gaps: Gap[]): Course {
  const c: Course = { times: [], power: [], current: [], voltage: [], soc: [], energy: [] };
  const push = (at: number, s: Sample | null) => {
    c.times.push(at);
    c.power.push(s?.powerKw ?? null);
    c.current.push(s?.currentA ?? null);
    c.voltage.push(s?.voltage ?? null);
    c.soc.push(s?.socPercent ?? null);
    c.energy.push(s?.energyKwh ?? null);
  };
  const holes = gaps.map((g) => (Date.parse(g.startTimestamp) + Date.parse(g.endTimestamp)) / 2).sort((a, b) => a - b);
  let next = 0;
  for (const s of [...samples].sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))) {
    const at = Date.parse(s.timestamp);
    while (next < holes.length && holes[next]! < at) push(holes[next++]!, null);
    if (c.times.at(-1) === at) continue; // two of one moment
    push(at, s);
  }
  return c;
}

/** known reports whether a curve has anything to show. */
export function known(values: (number | null)[]): boolean {
  return values.some((v) => v !== null);
}
