import { describe, expect, test } from 'vitest';
import { batchOf, csvOf, parseCsv, plan, rowsOf, type Card } from './import';

const card = (tag: string, name: string, more: Partial<Card> = {}): Card => ({ ocppIdTag: tag, name, type: 'RFID', authorizationStatus: 'Authorized', customer: null, ...more });

describe('a file of cards', () => {
  test('has cells parted by comma, semicolon or tab, quoted where needed', () => {
    expect(parseCsv('a,b\n"x, ""y""",2\r\n\n')).toEqual([['a', 'b'], ['x, "y"', '2']]);
    expect(parseCsv('a;b\n1;2,5')).toEqual([['a', 'b'], ['1', '2,5']]);
    expect(parseCsv('a\tb\n1\t2')).toEqual([['a', 'b'], ['1', '2']]);
    expect(parseCsv('a,b\n"two\nlines",2')).toEqual([['a', 'b'], ['two\nlines', '2']]);
  });

  test('must name its columns', () => {
    expect(rowsOf('04A1,Card 1')).toBeNull();
    expect(rowsOf('')).toBeNull();
    expect(rowsOf('\uFEFFNumber;Name\n04A1;Card 1')?.[0]).toMatchObject({ line: 2, tag: '04A1', name: 'Card 1', type: null, state: null, customer: null, problem: null });
  });

  test('says of each row what is wrong with it', () => {
    const rows = rowsOf(`tag,name,kind,state\n,x\n04A1,\n${'9'.repeat(37)},x\n04A2,x,boat\n04A3,x,card,maybe\n04A4,x\n04a4,y\n04A5,ok,vehicle,revoked`);
    expect(rows?.map((r) => r.problem)).toEqual(['noTag', 'noName', 'longTag', 'kind', 'state', null, 'twice', null]);
    expect(rows?.at(-1)).toMatchObject({ type: 'Vehicle', state: 'Revoked' });
  });
});

describe('what an import would change', () => {
  const cards = [card('04A1', 'Card 1'), card('04A2', 'Card 2', { customer: { name: 'Night Couriers' } }), card('04A3', 'Van 3', { type: 'Vehicle' })];

  test('is shown before anything is written', () => {
    const rows = rowsOf('number,name,customer,state\n04a1,Card 1,,\n04A2,Card two,Day Couriers,revoked\n04A9,New,,')!;
    const planned = plan(rows, cards);
    expect(planned.map((p) => p.outcome)).toEqual(['same', 'changed', 'new']);
    expect(planned[1]?.changes).toEqual([
      { field: 'name', old: 'Card 2', next: 'Card two' },
      { field: 'state', old: 'Authorized', next: 'Revoked' },
      { field: 'customer', old: 'Night Couriers', next: 'Day Couriers' },
    ]);
    expect(batchOf(planned, cards)).toEqual([
      { ocppIdTag: '04A2', name: 'Card two', type: 'RFID', authorizationStatus: 'Revoked', customer: { name: 'Day Couriers' } },
      { ocppIdTag: '04A9', name: 'New', type: 'RFID', customer: null },
    ]);
  });

  test('leaves alone what the file has no column for, and keeps the kind that a card has', () => {
    const planned = plan(rowsOf('number,name\n04A2,Card 2\n04A3,Van three')!, cards);
    expect(planned.map((p) => p.outcome)).toEqual(['same', 'changed']);
    expect(batchOf(planned, cards)).toEqual([{ ocppIdTag: '04A3', name: 'Van three', type: 'Vehicle' }]);
  });

  test('comes back the same from an export', () => {
    const all = [...cards, card('04A4', '=cmd(1), "x"', { authorizationStatus: 'Revoked' })];
    const rows = rowsOf(csvOf(all))!;
    expect(plan(rows, all.slice(0, 3)).map((p) => p.outcome)).toEqual(['same', 'same', 'same', 'new']);
    expect(rows[3]?.name).toBe(`'=cmd(1), "x"`);
  });
});
