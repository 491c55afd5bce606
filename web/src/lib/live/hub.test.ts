import { expect, test } from 'vitest';
import { latest, streamURL, union } from './hub';
import type { Change, Charger } from './protocol';

test('one stream carries what all pages follow', () => {
  expect(union([])).toBeNull();
  expect(union([{ of: 'estate', siteIds: [14, 3] }, { of: 'estate', siteIds: [3, 9] }])).toEqual({ of: 'estate', siteIds: [3, 9, 14] });
  expect(union([{ of: 'estate', chargerIds: [7] }])).toEqual({ of: 'estate', chargerIds: [7] });
  expect(union([{ of: 'estate', siteIds: [3] }, { of: 'estate' }])).toEqual({ of: 'estate' });
  // The server would show only chargers that are in both lists.
  expect(union([{ of: 'estate', siteIds: [3] }, { of: 'estate', chargerIds: [7] }])).toEqual({ of: 'estate' });
});

test('the address of a stream repeats each id', () => {
  expect(streamURL({ of: 'counters' })).toBe('/api/sites/stream?counters=true');
  expect(streamURL({ of: 'estate' })).toBe('/api/sites/stream');
  expect(streamURL({ of: 'estate', siteIds: [3, 9] })).toBe('/api/sites/stream?siteIds=3&siteIds=9');
});

test('of many changes of a charger the last is told, in the order of the last', () => {
  const charger = (id: number, name: string): Change => ({ is: 'charger', siteId: 1, charger: { id, name } as Charger, reasons: [] });
  const got = latest([charger(1, 'a'), charger(2, 'b'), charger(1, 'c'), { is: 'removed', id: 2 }]);
  expect(got).toEqual([charger(1, 'c'), { is: 'removed', id: 2 }]);
});
