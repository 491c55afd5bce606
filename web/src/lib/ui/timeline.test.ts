import { expect, test } from 'vitest';
import { blocks, move, stretchAt, stretchesOf, ticks, zoom, type Stretch } from './timeline';

const hour = 3600_000;
const view = { from: 0, to: 10 * hour };

test('zooming keeps the moment under the pointer where it is', () => {
  const z = zoom(view, 0.5, 2 * hour);
  expect(z.to - z.from).toBe(5 * hour);
  expect((2 * hour - z.from) / (z.to - z.from)).toBeCloseTo(0.2);
  expect(zoom(view, 1e-9, 0).to).toBe(5 * 60_000);
});

test('the view does not move past the latest moment', () => {
  expect(move(view, -0.5, 10 * hour)).toEqual({ from: -5 * hour, to: 5 * hour });
  expect(move(view, 0.5, 12 * hour)).toEqual({ from: 2 * hour, to: 12 * hour });
});

test('intervals of a port become stretches, oldest first', () => {
  const origin = { recordId: 1, kind: 'status', receivedAt: '', messageId: null, ocppMessageId: null };
  const of = (port: number, start: string, end: string | null, status: string) => ({ port, startTimestamp: start, endTimestamp: end, start: origin, end: null, ocppStatus: { status, errorCode: 'NoError', info: null, vendorErrorCode: null } });
  const got = stretchesOf([of(1, '1970-01-01T02:00:00Z', null, 'Charging'), of(2, '1970-01-01T01:00:00Z', null, 'Faulted'), of(1, '1970-01-01T01:00:00Z', '1970-01-01T02:00:00Z', 'Available')], 1);
  expect(got).toEqual([
    { from: hour, to: 2 * hour, state: 'Available' },
    { from: 2 * hour, to: null, state: 'Charging' },
  ]);
});

test('only what is in view is drawn, to scale; what lasts ends now', () => {
  const s: Stretch[] = [
    { from: -5 * hour, to: -hour, state: 'Faulted' },
    { from: -hour, to: 2 * hour, state: 'Available' },
    { from: 2 * hour, to: null, state: 'Charging' },
  ];
  expect(blocks(s, view, 1000, 5 * hour)).toEqual([
    { x: 0, width: 200, state: 'Available' },
    { x: 200, width: 300, state: 'Charging' },
  ]);
});

test('ten thousand stretches are few blocks, and a short fault among them is seen', () => {
  const s: Stretch[] = [];
  for (let i = 0; i < 10_000; i++) s.push({ from: i * 3600, to: (i + 1) * 3600, state: i === 5001 ? 'Faulted' : i % 2 ? 'Available' : 'Charging' });
  const drawn = blocks(s, view, 1000, view.to);
  expect(drawn.length).toBeLessThanOrEqual(1000);
  expect(drawn.some((b) => b.state === 'Faulted')).toBe(true);
});

test('the stretch at a moment', () => {
  const s: Stretch[] = [
    { from: 0, to: hour, state: 'Available' },
    { from: 2 * hour, to: null, state: 'Charging' },
  ];
  expect(stretchAt(s, hour / 2, 9 * hour)?.state).toBe('Available');
  expect(stretchAt(s, 1.5 * hour, 9 * hour)).toBeNull();
  expect(stretchAt(s, 3 * hour, 9 * hour)?.state).toBe('Charging');
  expect(stretchAt(s, 9.5 * hour, 9 * hour)).toBeNull();
});

test('ticks stand on whole steps', () => {
  expect(ticks(view)).toEqual([0, 3, 6, 9].map((h) => h * hour));
  expect(ticks({ from: 0, to: 30 * 24 * hour }).length).toBeLessThanOrEqual(9);
});
