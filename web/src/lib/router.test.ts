import { beforeAll, expect, test, vi } from 'vitest';

let match: (pattern: string, path: string) => Record<string, string> | null;

beforeAll(async () => {
  vi.stubGlobal('location', { pathname: '/', search: '' });
  ({ match } = await import('./router.svelte'));
});

test('paths are matched with their parameters', () => {
  expect(match('/', '/')).toEqual({});
  expect(match('/sites', '/sites/')).toEqual({});
  expect(match('/chargers/{id}', '/chargers/41')).toEqual({ id: '41' });
  expect(match('/chargers/{id}/{tab}', '/chargers/41/messages')).toEqual({ id: '41', tab: 'messages' });
  expect(match('/chargers/{id}', '/chargers/a%2Fb')).toEqual({ id: 'a/b' });
  expect(match('/chargers/{id}', '/chargers')).toBeNull();
  expect(match('/sites/{id}', '/chargers/1')).toBeNull();
});
