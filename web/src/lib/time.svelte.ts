// Times in the zone of what they are about, and how long ago they were.

import { locale } from './text';

/** clock is the present, to the second; what shows an age follows it. */
export const clock = $state({ now: Date.now() });

setInterval(() => (clock.now = Date.now()), 1000);

type Style = 'time' | 'seconds' | 'date' | 'dateTime' | 'full';

const styles: Record<Style, Intl.DateTimeFormatOptions> = {
  time: { hour: '2-digit', minute: '2-digit' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  dateTime: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  full: { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
};

const made = new Map<string, Intl.DateTimeFormat>();

/** The reader's own zone. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** inZone writes a time in a zone (IANA name), by default the reader's. */
export function inZone(t: string | number | Date, style: Style, zone: string | null = null): string {
  const key = `${style} ${zone}`;
  let f = made.get(key);
  if (!f) {
    const options = { ...styles[style], hourCycle: 'h23' as const };
    try {
      f = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone ?? undefined });
    } catch {
      f = new Intl.DateTimeFormat(locale, options); // a zone that this browser does not know
    }
    made.set(key, f);
  }
  return f.format(new Date(t));
}

/** span writes a length of time: 45 s, 12 min, 3 h 5 min, 2 d 4 h. */
export function span(milliseconds: number): string {
  const s = Math.max(0, Math.round(milliseconds / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 24) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  return h % 24 ? `${d} d ${h % 24} h` : `${d} d`;
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

/** ago writes how long ago a time was, or in how long it will be. */
export function ago(t: string | number | Date, now = clock.now): string {
  const s = Math.round((new Date(t).getTime() - now) / 1000);
  for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]] as const) {
    if (Math.abs(s) >= length) return relative.format(Math.trunc(s / length), unit);
  }
  return relative.format(Math.abs(s) < 5 ? 0 : s, 'second');
}

/** startOfDay is midnight of the day of a time in a zone. */
export function startOfDay(t: Date, zone: string): Date {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' }).formatToParts(t);
  const of = (type: string) => Number(parts.find((p) => p.type === type)?.value ?? 0);
  return new Date(t.getTime() - ((of('hour') * 60 + of('minute')) * 60 + of('second')) * 1000 - (t.getTime() % 1000));
}

/** localInput writes a time as datetime-local inputs want it, in the reader's zone. */
export function localInput(t: Date): string {
  return new Date(t.getTime() - t.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
