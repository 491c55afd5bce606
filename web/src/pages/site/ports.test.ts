import { expect, test } from 'vitest';
import type { LiveCharger, Port } from '../../lib/live/protocol';
import { counts, grouped, matches, powerOf, tilesOf } from './ports';

function port(id: number, status: string, power: number | null = null, vehicle: string | null = null): Port {
  const at = '2026-03-01T10:00:00Z';
  return {
    id,
    name: `Port ${id}`,
    portNumber: id,
    maximumPowerKw: 50,
    connectorType: 'CCS1',
    ocppStatus: { status, timestamp: at, errorCode: 'NoError', vendorErrorCode: null, info: null },
    currentChargingSession:
      power === null
        ? null
        : {
            id,
            startTime: at,
            socStartPercent: null,
            energyDeliveredKwh: 1,
            ocppIdTag: 'CAFE01',
            ocppTransactionId: id,
            latestReadings: { powerKw: { value: power, timestamp: at }, currentA: null, socPercent: null, voltage: null },
            vehicle: vehicle ? { id: 1, make: null, model: null, name: vehicle, vin: null } : null,
            rfid: null,
            customer: null,
          },
  } as Port;
}

function charger(id: number, name: string, connected: boolean, ports: Port[]): LiveCharger {
  return {
    siteId: 1,
    charger: {
      id,
      name,
      ocppId: `CP${id}`,
      externalId: null,
      serialNumber: null,
      connectionStatus: { status: connected ? 'Connected' : 'Disconnected', timestamp: '2026-03-01T10:00:00Z' },
      ports,
    } as unknown as LiveCharger['charger'],
  };
}

const statusOf = (p: Port, connected: boolean) => (connected ? (p.ocppStatus?.status ?? 'Unknown') : 'Offline');

const tiles = tilesOf(
  [
    charger(1, 'Bay 10', true, [port(1, 'Charging', 40, 'Bus 7'), port(2, 'Available')]),
    charger(2, 'Bay 9', true, [port(3, 'Faulted')]),
    charger(3, 'Bay 11', false, [port(4, 'Charging', 30)]),
  ],
  statusOf,
);

test('bays stand in the order of their numbers', () => {
  expect(tiles.map((t) => t.port.id)).toEqual([3, 1, 2, 4]);
});

test('a port of a charger that is not connected is offline, and gives no power', () => {
  expect(counts(tiles)).toEqual({ faulted: 1, charging: 1, busy: 0, available: 1, out: 0, offline: 1 });
  expect(powerOf(tiles)).toBe(40);
});

test('every word must match, in any name', () => {
  const found = (words: string) => tiles.filter((t) => matches(t, words)).map((t) => t.port.id);
  expect(found('bus 7')).toEqual([1]);
  expect(found('cafe')).toEqual([1, 4]);
  expect(found('cp3 cafe')).toEqual([4]);
  expect(found('bus bay 11')).toEqual([]);
  expect(found('')).toHaveLength(4);
});

test('by status the urgent come first', () => {
  expect(grouped(tiles, 'status').map((g) => g.id)).toEqual(['Faulted', 'Offline', 'Charging', 'Available']);
  expect(grouped(tiles, 'charger').map((g) => [g.id, g.tiles.length])).toEqual([['2', 1], ['1', 2], ['3', 1]]);
});
