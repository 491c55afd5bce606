import { describe, expect, test } from 'vitest';
import { batchOf, csvOf, parseCsv, plan, rowsOf, type Card } from './import';

const card = (tag: string, name: string, more: Partial<Card> = {}): Card => ({ ocppIdTag: tag, name, type: 'RFID', authorizationStatus: 'Authorized', customer: null, ...more });

describe('a file of cards', () => {
  test('has cells parted by comma, semicolon or tab, quoted where needed', () => {
    const cells = (text: string) => parseCsv(text).map((r) => r.cells);
    expect(cells('a,b\n"x, ""y""",2\r\n\n')).toEqual([['a', 'b'], ['x, "y"', '2']]);
    expect(cells('a;b\n1;2,5')).toEqual([['a', 'b'], ['1', '2,5']]);
    expect(cells('a\tb\n1\t2')).toEqual([['a', 'b'], ['1', '2']]);
    expect(cells('a,b\n"two\nlines",2')).toEqual([['a', 'b'], ['two\nlines', '2']]);
  });

  test('has its rows where the file has them', () => {
    expect(parseCsv('a,b\r\n\r\n"two\r\nlines",2\r\n3,4').map((r) => r.line)).toEqual([1, 3, 5]);
    expect(parseCsv('a,b\n\n\n1,2\n').map((r) => r.line)).toEqual([1, 4]);
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
    const all = [...cards, card('-77', '=cmd(1), "x"', { authorizationStatus: 'Revoked', customer: { name: "'s Hertogenbosch" } })];
    const file = csvOf(all);
    expect(file).not.toMatch(/(^|[\n,"])[=+\-@]/);
    expect(plan(rowsOf(file)!, all).map((p) => p.outcome)).toEqual(['same', 'same', 'same', 'same']);
  });

  test('says that a card cannot become a vehicle', () => {
    const planned = plan(rowsOf('number,name,kind\n04A1,Card 1,vehicle\n04A3,Van 3,')!, cards);
    expect(planned.map((p) => [p.outcome, p.row.problem])).toEqual([['wrong', 'fixed'], ['same', null]]);
  });
});
