import { expect, test } from 'vitest';
import { byTurn, inForce, planned, reservationNumber, stateOf } from './plans';

const now = Date.parse('2026-03-02T12:00:00Z');
const window = (from: string, to: string) => ({ startTimestamp: `2026-03-02T${from}:00Z`, endTimestamp: `2026-03-02T${to}:00Z` });
const departure = (time: string, targetSoc = 90) => ({ id: 1, departureTime: time, shiftName: null, routeName: 'R7', targetSoc });

test('a window begins with its first instant and ends before its last', () => {
  expect(stateOf(window('12:00', '13:00'), now)).toBe('running');
  expect(stateOf(window('12:01', '13:00'), now)).toBe('coming');
  expect(stateOf(window('11:00', '12:00'), now)).toBe('over');
});

test('running, soonest to come, last over', () => {
  const list = [window('05:00', '06:00'), window('18:00', '19:00'), window('08:00', '09:00'), window('11:00', '14:00'), window('13:00', '20:00')];
  expect(byTurn(list, now).map((w) => w.startTimestamp.slice(11, 13))).toEqual(['11', '13', '18', '08', '05']);
});

test('one without an answer may hold', () => {
  expect(['accepted', 'unknown', 'refused', 'used', 'expired'].map(inForce)).toEqual([true, true, false, false, false]);
});

test('only what is to come is sent, in order, with its own members only', () => {
  const list = [departure('2026-03-02T11:00:00Z'), departure('2026-03-03T05:30:00.000Z')];
  const put = { departureTime: '2026-03-02T20:00:00Z', shiftName: null, routeName: null, targetSoc: 80 };
  expect(planned(list, now, null, put)).toEqual([put, { departureTime: '2026-03-03T05:30:00.000Z', shiftName: null, routeName: 'R7', targetSoc: 90 }]);
  expect(planned(list, now, '2026-03-03T05:30:00Z', null)).toEqual([]);
});

test('two at one time are none, unless it is the one that is changed', () => {
  const list = [departure('2026-03-03T05:30:00Z')];
  const put = { departureTime: '2026-03-03T05:30:00.000Z', shiftName: null, routeName: null, targetSoc: 80 };
  expect(planned(list, now, null, put)).toBeNull();
  expect(planned(list, now, '2026-03-03T05:30:00Z', put)).toEqual([put]);
});

test('numbers of reservations are within what chargers take', () => {
  for (const t of [0, now, Date.parse('2200-01-01T00:00:00Z')]) {
    expect(reservationNumber(t)).toBeGreaterThanOrEqual(1);
    expect(reservationNumber(t)).toBeLessThanOrEqual(2147483647);
  }
});
