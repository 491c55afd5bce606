import { expect, test } from 'vitest';
import { EventParser } from './events';

test('events are the same wherever the text is cut', () => {
  const text = ': hello\n\nevent: snapshot\ndata: {"data":[]}\nid: a1\n\nevent: charger\r\ndata: one\r\ndata: two\r\n\r\ndata: bare\n\n';
  const want = [
    { name: 'snapshot', data: '{"data":[]}', id: 'a1' },
    { name: 'charger', data: 'one\ntwo', id: '' },
    { name: 'message', data: 'bare', id: '' },
  ];
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new EventParser();
    expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(want);
  }
});

test('an event that is not ended is not told', () => {
  expect(new EventParser().push('event: charger\ndata: {}\n')).toEqual([]);
});
