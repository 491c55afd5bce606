import { expect, test } from 'vitest';
import { fitting, pageOf } from './rotate';

test('a wall has room for whole tiles only', () => {
  const tile = { width: 300, height: 200, gap: 10 };
  expect(fitting(930, 420, tile)).toBe(6);
  expect(fitting(919, 409, tile)).toBe(2);
  expect(fitting(100, 50, tile)).toBe(1);
});

test('every tile is shown once in a round', () => {
  const rows = Array.from({ length: 11 }, (_, i) => i);
  const seen = [0, 1, 2].flatMap((turn) => pageOf(rows, 4, turn).rows);
  expect(seen).toEqual(rows);
  expect(pageOf(rows, 4, 3)).toEqual({ rows: [0, 1, 2, 3], page: 1, pages: 3 });
  expect(pageOf([], 4, 7)).toEqual({ rows: [], page: 1, pages: 1 });
});
