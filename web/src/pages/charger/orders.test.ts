import { beforeAll, expect, test, vi } from 'vitest';

let outcomeOf: typeof import('./orders').outcomeOf;
let kept: typeof import('./orders').kept;
let tookOf: typeof import('./orders').tookOf;

beforeAll(async () => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  ({ outcomeOf, kept, tookOf } = await import('./orders'));
});

test('what became of a command', () => {
  expect(outcomeOf({ status: 'sent', outcome: null, error: null })).toBeNull();
  expect(outcomeOf({ status: 'answered', outcome: 'accepted', error: null })).toEqual({ good: true, words: 'the charger accepted' });
  expect(outcomeOf({ status: 'answered', outcome: 'rejected', error: null })?.good).toBe(false);
  const refused = outcomeOf({ status: 'refused', outcome: null, error: { code: 'NotSupported', description: 'no such action', details: {} } });
  expect(refused?.good).toBe(false);
  expect(refused?.words).toContain('no such action');
  expect(outcomeOf({ status: 'timedOut', outcome: null, error: null })?.good).toBe(false);
});

test('a command told again replaces itself, a new one stands first', () => {
  const list = [{ id: 3, status: 'sent' }, { id: 1, status: 'answered' }];
  expect(kept(list, { id: 3, status: 'answered' }).map((c) => `${c.id} ${c.status}`)).toEqual(['3 answered', '1 answered']);
  expect(kept(list, { id: 2, status: 'queued' }).map((c) => c.id)).toEqual([3, 2, 1]);
});

test('how long an answer took', () => {
  expect(tookOf({ sentAt: '2026-03-01T10:00:00.000Z', answeredAt: '2026-03-01T10:00:01.250Z' })).toBe(1250);
  expect(tookOf({ sentAt: null, answeredAt: null })).toBeNull();
});
