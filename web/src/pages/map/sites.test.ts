import { expect, test } from 'vitest';
import type { Counters } from '../../lib/live/protocol';
import { placed, stateOf, worst } from './sites';

function site(changes: Partial<Counters>): Counters {
  return {
    siteId: 1, name: 'Harbor', chargers: 2, connected: 2, ports: 4, available: 4, preparing: 0, charging: 0, suspended: 0, finishing: 0, reserved: 0,
    unavailable: 0, faulted: 0, unknown: 0, offline: 0, sessions: 0, powerKw: 0, ...changes,
  };
}

test('a site with a fault needs a look before one that is away, and that before one that charges', () => {
  expect(stateOf(site({ faulted: 1, connected: 0 }))).toBe('faulted');
  expect(stateOf(site({ connected: 0, charging: 0 }))).toBe('away');
  expect(stateOf(site({ charging: 1 }))).toBe('charging');
  expect(stateOf(site({}))).toBe('free');
  expect(stateOf(site({ chargers: 0, connected: 0, ports: 0 }))).toBe('empty');
  expect(worst([site({ charging: 1 }), site({ connected: 0 }), site({})])).toBe('away');
});

test('what has no place is not on the map', () => {
  const places = new Map([[1, { latitude: 47.6, longitude: -122.3 }], [2, { latitude: null, longitude: null }]]);
  expect(placed([site({}), site({ siteId: 2 }), site({ siteId: 3 })], places).map((s) => s.siteId)).toEqual([1]);
});
