// The filters of the list of sessions: kept in the address, sent to the server.

export interface Filter {
  site: string;
  charger: string;
  customer: string;
  /** Days, as an input of type date has them; "" for no bound. */
  from: string;
  to: string;
  running: boolean;
}

export function filterOf(query: URLSearchParams): Filter {
  const text = (name: string) => query.get(name) ?? '';
  return { site: text('site'), charger: text('charger'), customer: text('customer'), from: text('from'), to: text('to'), running: query.has('running') };
}

/** paramsOf is the filter as the API takes it; days begin in the reader's zone. */
export function paramsOf(f: Filter): Record<string, string> {
  const p: Record<string, string> = {};
  const day = (text: string, after: number) => {
    const t = new Date(`${text}T00:00:00`);
    if (Number.isNaN(t.getTime())) return null;
    t.setDate(t.getDate() + after);
    return t.toISOString();
  };
  const from = f.from ? day(f.from, 0) : null;
  const to = f.to ? day(f.to, 1) : null; // that day included
  if (from) p['startTimeAfter'] = from;
  if (to) p['startTimeBefore'] = to;
  if (f.site) p['siteIds'] = f.site;
  if (f.charger) p['chargerIds'] = f.charger;
  if (f.customer) p['customerNames'] = f.customer;
  if (f.running) p['includeInProgressSessions'] = 'true';
  return p;
}

export type Order = 'start' | 'energy' | 'duration';

interface Row {
  startTime: string;
  energyDeliveredKwh: number;
  durationSeconds: number | null;
}

/** inOrder sorts what is loaded; one that runs is as long as it ran so far. */
export function inOrder<R extends Row>(rows: R[], order: Order, now: number): R[] {
  const long = (r: Row) => r.durationSeconds ?? (now - Date.parse(r.startTime)) / 1000;
  const by: Record<Order, (a: R, b: R) => number> = {
    start: (a, b) => Date.parse(b.startTime) - Date.parse(a.startTime),
    energy: (a, b) => b.energyDeliveredKwh - a.energyDeliveredKwh,
    duration: (a, b) => long(b) - long(a),
  };
  return [...rows].sort(by[order]);
}
