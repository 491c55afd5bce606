import { expect, test } from 'vitest';
import { blank, blankMember, inOrder, problems, read, searched, without } from './form';
import type { Member } from './wire';

const period: Member = {
  name: 'period',
  type: 'object',
  required: true,
  list: true,
  minItems: 1,
  maxItems: 2,
  members: [
    { name: 'startPeriod', type: 'integer', required: true, least: 0 },
    { name: 'limit', type: 'number', required: true, decimals: 1 },
    { name: 'numberPhases', type: 'integer', required: false, most: 3 },
  ],
};
const members: Member[] = [
  { name: 'connectorId', type: 'integer', required: true },
  { name: 'type', type: 'text', required: true, words: ['Hard', 'Soft'] },
  { name: 'idTag', type: 'text', required: false, maxLength: 5 },
  { name: 'until', type: 'time', required: false },
  { name: 'keys', type: 'text', required: false, list: true },
  { name: 'now', type: 'boolean', required: false },
  period,
];
const good = { connectorId: 1, type: 'Soft', period: [{ startPeriod: 0, limit: 16.5 }] };

test('a form begins with what must be there', () => {
  expect(blank(members)).toEqual({ connectorId: null, type: '', period: [{ startPeriod: null, limit: null }] });
  expect(blankMember(members[4]!)).toEqual(['']);
  expect(blankMember({ name: 'now', type: 'boolean', required: true })).toBe(false);
});

test('a blank form says what is missing, down to the items of lists', () => {
  expect(problems(members, blank(members)).map((p) => `${p.path} ${p.what}`)).toEqual(['connectorId missing', 'type missing', 'period[0].startPeriod missing', 'period[0].limit missing']);
  expect(problems(members, {}).map((p) => p.path)).toEqual(['connectorId', 'type', 'period']);
});

test('a filled form is clean', () => {
  expect(problems(members, good)).toEqual([]);
  expect(problems(members, { ...good, until: '2026-03-01T10:00:00Z', keys: ['a'], now: false, customData: { vendorId: 'x' } })).toEqual([]);
});

test.each([
  ['a word that is none', { type: 'Firm' }, 'type', 'word', undefined],
  ['too long', { idTag: 'ABCDEF' }, 'idTag', 'long', 5],
  ['no whole number', { connectorId: 1.5 }, 'connectorId', 'whole', undefined],
  ['a text for a number', { connectorId: '1' }, 'connectorId', 'number', undefined],
  ['no time', { until: 'tomorrow' }, 'until', 'time', undefined],
  ['an empty list', { keys: [] }, 'keys', 'few', 1],
  ['too many', { period: [good.period[0]!, good.period[0]!, good.period[0]!] }, 'period', 'many', 2],
  ['too low', { period: [{ startPeriod: -1, limit: 1 }] }, 'period[0].startPeriod', 'low', 0],
  ['too high', { period: [{ startPeriod: 0, limit: 1, numberPhases: 4 }] }, 'period[0].numberPhases', 'high', 3],
  ['too fine', { period: [{ startPeriod: 0, limit: 16.25 }] }, 'period[0].limit', 'decimals', 1],
  ['a stranger', { color: 'red' }, 'color', 'stranger', undefined],
  ['a text for a truth', { now: 'yes' }, 'now', 'truth', undefined],
  ['one for many', { keys: 'a' }, 'keys', 'kind', undefined],
])('%s', (_name, change, path, what, bound) => {
  expect(problems(members, { ...good, ...change })).toEqual([bound === undefined ? { path, what } : { path, what, bound }]);
});

test('three times a tenth is still a tenth', () => {
  expect(problems(members, { ...good, period: [{ startPeriod: 0, limit: 0.1 * 3 }] })).toEqual([]);
});

test('fields stand in the order of the table, and can be taken out', () => {
  const v = inOrder(members, { odd: 1, idTag: 'A', type: 'Soft', connectorId: 1 });
  expect(Object.keys(v)).toEqual(['connectorId', 'type', 'idTag', 'odd']);
  expect(Object.keys(without(v, 'odd'))).toEqual(['connectorId', 'type', 'idTag']);
});

test('JSON by hand is an object or nothing', () => {
  expect(read('{"a":[1]}')).toEqual({ a: [1] });
  expect(read('[1]')).toBeNull();
  expect(read('null')).toBeNull();
  expect(read('{')).toBeNull();
});

test('actions are found by their words', () => {
  const list = [{ action: 'SetChargingProfile' }, { action: 'Reset', description: 'Restarts the charger.' }];
  expect(searched(list, 'charging profile').map((a) => a.action)).toEqual(['SetChargingProfile']);
  expect(searched(list, 'RESTART').map((a) => a.action)).toEqual(['Reset']);
  expect(searched(list, '')).toHaveLength(2);
});
