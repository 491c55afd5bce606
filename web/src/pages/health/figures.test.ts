import { expect, test } from 'vitest';
import { grouped, meets, query, shownPercent, type PortUptime } from './figures';

const port = (id: number, site: string, uptimePercent: number, o: object = {}) =>
  ({
    port: { id, name: `P${id}`, portNumber: 1 },
    site: { id: site.length, name: site, locationId: null },
    year: { activeMinutes: 1000, outageMinutes: 10, excludedMinutes: 1, serverAwayMinutes: 0, activeUptimePercent: uptimePercent, uptimePercent, wholeYear: true, ...o },
    months: [],
  }) as unknown as PortUptime;

test('the rule asks for more than 97 %', () => {
  expect([96.999, 97, 97.0001, 100].map(meets)).toEqual([false, false, true, true]);
});

test('a site is as good as its worst port, and the worst comes first', () => {
  const groups = grouped([port(1, 'Yard', 99), port(2, 'Harbor', 99.5), port(3, 'Harbor', 96, { wholeYear: false })], (p) => p.site);
  expect(groups.map((g) => [g.name, g.ports.length, g.worst, g.below, g.outageMinutes, g.excludedMinutes, g.young])).toEqual([
    ['Harbor', 2, 96, 1, 20, 2, true],
    ['Yard', 1, 99, 0, 10, 1, false],
  ]);
});

test('time that ports were known for weighs, and none is no division', () => {
  const [group] = grouped([port(1, 'Yard', 100, { activeMinutes: 300 }), port(2, 'Yard', 90, { activeMinutes: 100 })], (p) => p.site);
  expect(group?.activePercent).toBe(97.5);
  expect(grouped([port(1, 'Yard', 100, { activeMinutes: 0 })], (p) => p.site)[0]?.activePercent).toBe(100);
});

test('figures are cut, not rounded up', () => {
  expect([99.999, 97.006, 97, 100, 98.57].map(shownPercent)).toEqual([99.99, 97, 97, 100, 98.57]);
});

test('what is asked for', () => {
  expect(query({ months: 12 })).toBe('months=12');
  expect(query({ months: 1, site: 11, charger: 41, at: '2026-03-02T12:00:00Z', detail: true })).toBe('months=1&endTimestamp=2026-03-02T12%3A00%3A00Z&siteIds=11&chargerIds=41&detail=true');
});
