import { expect, test } from 'vitest';
import { courseOf, known } from './course';

const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 6, minute)).toISOString();
const sample = (minute: number, powerKw: number) => ({ timestamp: at(minute), energyKwh: minute / 10, powerKw, currentA: null, voltage: 230, socPercent: null });

test('a curve rises in time and is broken where nothing was told', () => {
  const c = courseOf([sample(10, 3), sample(0, 1), sample(1, 2), sample(1, 9)], [{ startTimestamp: at(1), endTimestamp: at(10) }]);
  expect(c.power).toEqual([1, 2, null, 3]);
  expect(c.times).toEqual([...c.times].sort((a, b) => a - b));
  expect(known(c.voltage)).toBe(true);
  expect(known(c.soc)).toBe(false);
});
