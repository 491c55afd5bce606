import { expect, test } from 'vitest';
import { nextPlace } from './next';

const next = (text: string) => nextPlace(new URLSearchParams({ next: text }));

test('signing in leads to a page of the console only', () => {
  expect(nextPlace(new URLSearchParams())).toBe('/');
  expect(next('/chargers/41?at=2026-01-01T00:00:00Z')).toBe('/chargers/41?at=2026-01-01T00:00:00Z');
  for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '']) {
    expect(next(evil)).toBe('/');
  }
});
