import { expect, test } from 'vitest';
import { appended, joined } from './curve';

const noon = Date.parse('2026-03-01T12:00:00Z');

test('live points come after what the server kept', () => {
  const c = joined(
    [{ timestamp: '2026-03-01T11:59:00Z', powerKw: 10, limitKw: 100 }, { timestamp: '2026-03-01T12:00:00Z', powerKw: null, limitKw: 100 }],
    [{ at: noon - 1, power: 99, limit: null }, { at: noon + 1000, power: 20, limit: null }],
  );
  expect(c.times).toEqual([noon - 60_000, noon, noon + 1000]);
  expect(c.power).toEqual([10, null, 20]);
  expect(c.limit).toEqual([100, 100, null]);
});

test('points that come every second do not make the curve grow every second', () => {
  let live: { at: number; power: number }[] = [];
  for (let s = 0; s < 300; s++) live = appended(live, { at: noon + s * 1000, power: s });
  expect(live.length).toBeLessThan(25);
  expect(live.at(-1)).toEqual({ at: noon + 299_000, power: 299 });
  for (let i = 2; i < live.length; i++) expect(live[i - 1]!.at - live[i - 2]!.at).toBeGreaterThanOrEqual(15_000);
});
