import { expect, test } from 'vitest';
import { momentOf, rangeFor, stepOf, steps } from './past';

const now = Date.parse('2026-03-08T12:00:00Z');
const hour = 3600_000;

test('the last step is now, the first the whole range ago', () => {
  expect(momentOf(steps('day'), 'day', now)).toBeNull();
  expect(momentOf(0, 'day', now)).toBe(now - 24 * hour);
  expect(momentOf(0, 'month', now)).toBe(now - 30 * 24 * hour);
  expect(momentOf(steps('day') - 1, 'day', now)).toBe(now - 5 * 60_000);
});

test('a step and its moment belong together', () => {
  for (const range of ['day', 'week', 'month'] as const) {
    for (const step of [0, 1, 77, steps(range) - 1]) expect(stepOf(momentOf(step, range, now), range, now)).toBe(step);
    expect(stepOf(null, range, now)).toBe(steps(range));
  }
});

test('a moment beyond the range stands at its start, one of just now before its end', () => {
  expect(stepOf(now - 90 * 24 * hour, 'day', now)).toBe(0);
  expect(stepOf(now - 1000, 'day', now)).toBe(steps('day') - 1);
});

test('a link to a moment opens the range that reaches it', () => {
  expect(rangeFor(null, 'day', now)).toBe('day');
  expect(rangeFor(now - 2 * hour, 'day', now)).toBe('day');
  expect(rangeFor(now - 30 * hour, 'day', now)).toBe('week');
  expect(rangeFor(now - 2 * hour, 'month', now)).toBe('month');
  expect(rangeFor(now - 20 * 24 * hour, 'day', now)).toBe('month');
});
