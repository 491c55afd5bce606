import { expect, test } from 'vitest';
import { fromZoned, zonedInput } from './zoned';

const moment = (input: string, zone: string) => fromZoned(input, zone)?.toISOString();

test('a time of a zone is its moment, and the other way round', () => {
  expect(moment('2026-01-15T08:30', 'America/Chicago')).toBe('2026-01-15T14:30:00.000Z');
  expect(moment('2026-07-15T08:30', 'America/Chicago')).toBe('2026-07-15T13:30:00.000Z');
  expect(moment('2026-01-15T00:15', 'Asia/Kolkata')).toBe('2026-01-14T18:45:00.000Z');
  expect(zonedInput('2026-01-14T18:45:59Z', 'Asia/Kolkata')).toBe('2026-01-15T00:15');
  expect(zonedInput('2026-01-15T00:00:00Z', 'UTC')).toBe('2026-01-15T00:00');
});

test('around changes of the clocks', () => {
  expect(moment('2026-03-08T01:59', 'America/Chicago')).toBe('2026-03-08T07:59:00.000Z');
  expect(moment('2026-03-08T02:30', 'America/Chicago')).toBe('2026-03-08T08:30:00.000Z'); // skipped
  expect(moment('2026-03-08T03:00', 'America/Chicago')).toBe('2026-03-08T08:00:00.000Z');
  expect(moment('2026-11-01T01:30', 'America/Chicago')).toBe('2026-11-01T06:30:00.000Z'); // comes twice
  expect(moment('2026-11-01T02:00', 'America/Chicago')).toBe('2026-11-01T08:00:00.000Z');
});

test('what is no time is none', () => {
  expect(fromZoned('', 'UTC')).toBeNull();
  expect(fromZoned('tomorrow', 'UTC')).toBeNull();
});
