import { expect, test } from 'vitest';
import type { Charger } from '../../lib/live/protocol';
import { matches } from './filter';

const charger = (connected: boolean, status: string): Charger =>
  ({ name: 'Stand 3', ocppId: 'stand-3', manufacturer: 'Ohmworks', model: null, serialNumber: 'OW-42', externalId: null,
    connectionStatus: { status: connected ? 'Connected' : 'Disconnected', timestamp: null }, ports: [{ ocppStatus: { status } }] }) as unknown as Charger;

test('a charger is found by what people know of it', () => {
  for (const text of ['', 'stand', ' OHM', 'ow-42']) expect(matches(charger(true, 'Charging'), { text, status: '' })).toBe(true);
  expect(matches(charger(true, 'Charging'), { text: 'other', status: '' })).toBe(false);
});

test('the ports of a charger that is not connected are offline, whatever they last told', () => {
  expect(matches(charger(true, 'Charging'), { text: '', status: 'Charging' })).toBe(true);
  expect(matches(charger(false, 'Charging'), { text: '', status: 'Charging' })).toBe(false);
  expect(matches(charger(false, 'Charging'), { text: '', status: 'Offline' })).toBe(true);
});
