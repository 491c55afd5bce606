import { beforeAll, expect, test, vi } from 'vitest';

let outcomeOf: typeof import('./orders').outcomeOf;

beforeAll(async () => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  ({ outcomeOf } = await import('./orders'));
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
