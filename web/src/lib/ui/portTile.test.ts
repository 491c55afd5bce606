import { expect, test } from 'vitest';
import type { Port } from '../live/protocol';
import { timeToFull, whose } from './portTile';

type Session = NonNullable<Port['currentChargingSession']>;

const start = Date.parse('2026-03-01T10:00:00Z');

function session(soc: number | null, minutes: number, from: number | null = 20): Session {
  return {
    id: 1,
    startTime: new Date(start).toISOString(),
    socStartPercent: from,
    energyDeliveredKwh: 12,
    ocppIdTag: 'CAFE',
    ocppTransactionId: 1,
    latestReadings: {
      powerKw: null,
      currentA: null,
      voltage: null,
      socPercent: soc === null ? null : { value: soc, timestamp: new Date(start + minutes * 60_000).toISOString() },
    },
    vehicle: null,
    rfid: null,
    customer: null,
  };
}

test('the time to full follows the pace of the session', () => {
  // 40 % in 20 minutes, 40 % to go: 20 minutes from the reading, 15 from five minutes later.
  expect(timeToFull(session(60, 20), start + 20 * 60_000)).toBe(20 * 60_000);
  expect(timeToFull(session(60, 20), start + 25 * 60_000)).toBe(15 * 60_000);
});

test('what cannot be known is not told', () => {
  const now = start + 20 * 60_000;
  expect(timeToFull(session(null, 20), now)).toBeNull();
  expect(timeToFull(session(60, 20, null), now)).toBeNull();
  expect(timeToFull(session(20, 20), now)).toBeNull(); // it does not rise
  expect(timeToFull(session(30, 1), start + 60_000)).toBeNull(); // too short
  expect(timeToFull(session(60, 20), now + 16 * 60_000)).toBeNull(); // nothing heard since
});

test('full is full, and nearly full is never nothing', () => {
  expect(timeToFull(session(100, 20), start + 20 * 60_000)).toBe(0);
  expect(timeToFull(session(99, 20), start + 34 * 60_000)).toBe(60_000);
});

test('the vehicle is named before the customer, and that before the card', () => {
  const s = session(50, 10);
  expect(whose(s)).toEqual({ kind: 'card', name: 'CAFE' });
  expect(whose({ ...s, rfid: { id: 3, name: 'Ada' } })).toEqual({ kind: 'card', name: 'Ada' });
  expect(whose({ ...s, customer: { name: 'Post' } })).toEqual({ kind: 'customer', name: 'Post' });
  expect(whose({ ...s, customer: { name: 'Post' }, vehicle: { id: 1, make: null, model: null, name: 'Bus 7', vin: null } })).toEqual({ kind: 'vehicle', name: 'Bus 7' });
  expect(whose({ ...s, ocppIdTag: null })).toBeNull();
});
