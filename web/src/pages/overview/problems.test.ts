import { expect, test } from 'vitest';
import type { Counters } from '../../lib/live/protocol';
import { ordered, totals } from './problems';

const site = (name: string, more: Partial<Counters>): Counters => ({
  siteId: 1, name, chargers: 2, connected: 1, ports: 4, available: 1, preparing: 0, charging: 1, suspended: 0, finishing: 0,
  reserved: 0, unavailable: 0, faulted: 0, unknown: 0, offline: 0, sessions: 1, powerKw: 50, ...more,
});

test('the numbers of all sites are added up', () => {
  expect(totals([site('a', { faulted: 2 }), site('b', { powerKw: 12.5 })])).toEqual({
    chargers: 4, connected: 2, available: 2, charging: 2, faulted: 2, powerKw: 62.5,
  });
  expect(totals([])).toEqual({ chargers: 0, connected: 0, available: 0, charging: 0, faulted: 0, powerKw: 0 });
});

test('sites with faults come first, then those that are offline', () => {
  const names = (filter: string) => ordered([site('Quay', {}), site('Hill', { offline: 3 }), site('Yard', { faulted: 1 }), site('Alley', {})], filter).map((s) => s.name);
  expect(names('')).toEqual(['Yard', 'Hill', 'Alley', 'Quay']);
  expect(names(' AL')).toEqual(['Alley']);
});
