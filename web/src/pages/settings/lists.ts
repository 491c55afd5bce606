// Lists that several parts of the settings choose from.

import { api, everyPage, must } from '../../lib/api/client';

export interface Choice {
  value: number;
  name: string;
}

/** sitesToChoose are all sites by name. */
export async function sitesToChoose(): Promise<Choice[]> {
  const sites = await everyPage((nextPageCursor) => must(api.GET('/api/admin/sites', { params: { query: { nextPageCursor } } })));
  return sites.map((s) => ({ value: s.id, name: s.name })).sort((a, b) => a.name.localeCompare(b.name));
}

/** namesOf are the names of those that were chosen; "" for none. */
export function namesOf(ids: number[], of: Choice[]): string {
  return ids.map((id) => of.find((c) => c.value === id)?.name ?? String(id)).join(', ');
}
