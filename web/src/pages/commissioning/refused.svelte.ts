// The refused handshakes: read once, then told by the server as they come.

import { onDestroy } from 'svelte';
import { api, authorization, must, type Schemas } from '../../lib/api/client';
import { follow } from '../../lib/live/events';
import { merged } from './merged';

export type Refusal = Schemas['RefusedHandshake'];

export class Refusals {
  ready = $state(false);
  live = $state(false);
  error: unknown = $state.raw(null);
  rows: Refusal[] = $state.raw([]);

  async ask() {
    try {
      const { data } = await must(api.GET('/api/admin/refused', { params: { query: {} } }));
      this.rows = data;
      this.error = null;
      this.ready = true;
    } catch (e) {
      this.error = e;
    }
  }
}

/** followRefused follows them as long as the component lives. */
export function followRefused(): Refusals {
  const r = new Refusals();
  const over = new AbortController();
  onDestroy(() => over.abort());
  let lost = true;
  void follow({
    url: '/api/admin/refused/stream',
    headers: authorization(),
    signal: over.signal,
    event: (e) => {
      if (e.name === 'refused') r.rows = merged(r.rows, JSON.parse(e.data) as Refusal);
    },
    state: (live) => {
      r.live = live;
      // What was refused while nobody listened is in the list.
      if (live && lost) void r.ask();
      lost = !live;
    },
    refused: (e) => (r.error = e),
  });
  return r;
}
