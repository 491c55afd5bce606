import { expect, test } from 'vitest';
import type { Tile } from './ports';
import { leading, moved, pushed } from './spots';

test('a charger is moved, or put on the plan, and never off its edge', () => {
  const spots = [{ chargerId: 1, x: 0.5, y: 0.5 }];
  expect(moved(spots, 1, 0.25, 1.7)).toEqual([{ chargerId: 1, x: 0.25, y: 1 }]);
  expect(moved(spots, 2, -1, 0.1)).toEqual([spots[0], { chargerId: 2, x: 0, y: 0.1 }]);
  expect(spots).toEqual([{ chargerId: 1, x: 0.5, y: 0.5 }]);
});

test('arrow keys push, other keys do not', () => {
  const spots = [{ chargerId: 1, x: 0.5, y: 0.5 }];
  expect(pushed(spots, 1, 'ArrowLeft', false)).toEqual([{ chargerId: 1, x: 0.495, y: 0.5 }]);
  expect(pushed(spots, 1, 'ArrowDown', true)).toEqual([{ chargerId: 1, x: 0.5, y: 0.55 }]);
  expect(pushed(spots, 1, 'a', false)).toBeNull();
  expect(pushed(spots, 9, 'ArrowUp', false)).toBeNull();
});

test('a fault of one port leads', () => {
  const tiles = (...s: string[]) => s.map((status) => ({ status }) as Tile);
  expect(leading(tiles('Available', 'Faulted'))).toBe('Faulted');
  expect(leading(tiles('Available', 'Charging'))).toBe('Charging');
  expect(leading([])).toBe('Unknown');
});
