import { expect, test } from 'vitest';
import { customersOf } from './customers';

test('a customer has the cards and vehicles that name it, whatever the letter case', () => {
  const of = (name: string | null) => ({ customer: name === null ? null : { name } });
  const found = customersOf([of('Night Couriers'), of('night couriers'), of(null)], [of('Night Couriers'), of('Abe')]);
  expect(found.map((c) => [c.name, c.cards, c.vehicles])).toEqual([
    ['Abe', 0, 1],
    ['Night Couriers', 2, 1],
  ]);
});
