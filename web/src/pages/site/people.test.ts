import { expect, test } from 'vitest';
import type { Port } from '../../lib/live/protocol';
import { whoCharges } from './people';

const port = (session: object | null) => ({ currentChargingSession: session }) as Port;

test('a session is named by its vehicle before its customer before its card', () => {
  const all = { vehicle: { name: 'Bus 88' }, customer: { name: 'Ada' }, rfid: { name: 'Card 7' }, ocppIdTag: '04A2' };
  expect(whoCharges(port(all))).toBe('Bus 88');
  expect(whoCharges(port({ ...all, vehicle: null }))).toBe('Ada');
  expect(whoCharges(port({ ...all, vehicle: null, customer: null }))).toBe('Card 7');
  expect(whoCharges(port({ vehicle: null, customer: null, rfid: null, ocppIdTag: '04A2' }))).toBe('04A2');
  expect(whoCharges(port(null))).toBeNull();
});
