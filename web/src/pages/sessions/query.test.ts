import { describe, expect, test } from 'vitest';
import { filterOf, inOrder, paramsOf } from './query';

describe('filters of sessions', () => {
  test('come from the address and go to the server', () => {
    const f = filterOf(new URLSearchParams('site=12&charger=41&running=1&customer=Night+Couriers'));
    expect(paramsOf(f)).toEqual({ siteIds: '12', chargerIds: '41', includeInProgressSessions: 'true', customerNames: 'Night Couriers' });
    expect(paramsOf(filterOf(new URLSearchParams()))).toEqual({});
  });

  test('the last day is included', () => {
    const p = paramsOf({ ...filterOf(new URLSearchParams()), from: '2026-03-02', to: '2026-03-02' });
    expect(Date.parse(p['startTimeBefore']!) - Date.parse(p['startTimeAfter']!)).toBe(24 * 3600_000);
    expect(paramsOf({ ...filterOf(new URLSearchParams()), from: 'soon' })).toEqual({});
  });
});

test('what is loaded is sorted, one that runs by how long it ran so far', () => {
  const now = Date.parse('2026-03-02T12:00:00Z');
  const rows = [
    { id: 1, startTime: '2026-03-02T11:00:00Z', energyDeliveredKwh: 5, durationSeconds: null },
    { id: 2, startTime: '2026-03-02T08:00:00Z', energyDeliveredKwh: 30, durationSeconds: 1800 },
    { id: 3, startTime: '2026-03-02T09:00:00Z', energyDeliveredKwh: 20, durationSeconds: 5400 },
  ];
  expect(inOrder(rows, 'start', now).map((r) => r.id)).toEqual([1, 3, 2]);
  expect(inOrder(rows, 'energy', now).map((r) => r.id)).toEqual([2, 3, 1]);
  expect(inOrder(rows, 'duration', now).map((r) => r.id)).toEqual([3, 1, 2]);
});
