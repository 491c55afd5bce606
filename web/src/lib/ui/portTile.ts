// What a tile says about a session: who charges, and when the vehicle is full.

import type { Port } from '../live/protocol';

type Session = NonNullable<Port['currentChargingSession']>;

/** A reading older than this says nothing about the present. */
const stale = 15 * 60_000;
/** Less than this is too little to tell a pace from. */
const leastTime = 3 * 60_000;
const leastGain = 2;
const day = 24 * 3600_000;

/**
 * timeToFull tells in how many milliseconds the battery is full, at the pace of this
 * session so far; null where that cannot be known. A full one is 0.
 */
export function timeToFull(s: Session, now: number): number | null {
  const reading = s.latestReadings.socPercent;
  if (!reading) return null;
  if (reading.value >= 100) return 0;
  if (s.socStartPercent === null) return null;
  const at = Date.parse(reading.timestamp);
  const took = at - Date.parse(s.startTime);
  const gain = reading.value - s.socStartPercent;
  if (now - at > stale || took < leastTime || gain < leastGain) return null;
  const left = ((100 - reading.value) * took) / gain - Math.max(0, now - at);
  // A pace by which it takes days is that of a vehicle that hardly charges.
  return left > day ? null : Math.max(60_000, left);
}

export interface Whose {
  kind: 'vehicle' | 'customer' | 'card';
  name: string;
}

/** whose tells who charges: the vehicle, else the customer, else the card; null when nobody is known. */
export function whose(s: Session): Whose | null {
  if (s.vehicle) return { kind: 'vehicle', name: s.vehicle.name };
  if (s.customer) return { kind: 'customer', name: s.customer.name };
  const card = s.rfid?.name ?? s.ocppIdTag;
  return card ? { kind: 'card', name: card } : null;
}
