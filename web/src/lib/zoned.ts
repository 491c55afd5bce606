// Times as datetime-local inputs write them, in the zone of a site.

/** zonedInput writes a moment as a datetime-local input of a zone wants it. */
export function zonedInput(t: string | number | Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(new Date(t));
  const of = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
}

/**
 * fromZoned is the moment that a datetime-local input of a zone names; null for
 * none. Of an hour that comes twice it is the first; one that clocks skip is as
 * much later as they jump.
 */
export function fromZoned(input: string, zone: string): Date | null {
  const asUtc = Date.parse(`${input}Z`);
  if (Number.isNaN(asUtc)) return null;
  // How far the zone was ahead a day before and a day after: one of both applies.
  const offsets = [-86400_000, 86400_000].map((d) => Date.parse(`${zonedInput(asUtc + d, zone)}Z`) - (asUtc + d - ((asUtc + d) % 60_000)));
  for (const offset of offsets) {
    const moment = asUtc - offset;
    if (zonedInput(moment, zone) === input.slice(0, 16)) return new Date(moment);
  }
  return new Date(asUtc - offsets[0]!);
}
