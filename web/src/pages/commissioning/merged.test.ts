import { expect, test } from 'vitest';
import { merged } from './merged';

test('a refusal that came again moves up and is there once', () => {
  const rows = [{ id: 3, count: 1 }, { id: 2, count: 4 }, { id: 1, count: 1 }];
  expect(merged(rows, { id: 2, count: 5 })).toEqual([{ id: 2, count: 5 }, { id: 3, count: 1 }, { id: 1, count: 1 }]);
  expect(merged(rows, { id: 9, count: 1 }, 2).map((r) => r.id)).toEqual([9, 3]);
});
