import { describe, expect, test, vi } from 'vitest';
import { addressOf, Latest } from './search';

describe('what was found', () => {
  test('leads to its page', () => {
    const f = { id: 7, name: 'x', matched: { field: 'name', text: 'x' }, siteId: null, siteName: null };
    expect(addressOf({ ...f, kind: 'charger' })).toBe('/chargers/7');
    expect(addressOf({ ...f, kind: 'site' })).toBe('/sites/7');
    expect(addressOf({ ...f, kind: 'session' })).toBe('/sessions/7');
  });
});

describe('questions while somebody types', () => {
  test('only the last one is asked', async () => {
    vi.useFakeTimers();
    const latest = new Latest();
    const asked: string[] = [];
    const ask = (q: string) => latest.ask(150, async () => (asked.push(q), q));
    const first = ask('b');
    await vi.advanceTimersByTimeAsync(100);
    const second = ask('ba');
    await vi.advanceTimersByTimeAsync(150);
    expect(await first).toBeNull();
    expect(await second).toBe('ba');
    expect(asked).toEqual(['ba']);
    vi.useRealTimers();
  });

  test('a late answer to an earlier one is dropped, and so is its failure', async () => {
    const latest = new Latest();
    let fail: (e: Error) => void = () => undefined;
    const slow = latest.ask(0, () => new Promise<string>((_, no) => (fail = no)));
    await new Promise((then) => setTimeout(then, 5));
    const quick = latest.ask(0, async () => 'new');
    fail(new Error('aborted'));
    expect(await slow).toBeNull();
    expect(await quick).toBe('new');
  });
});
