// Alerts as they are raised.

import { authorization } from '../../lib/api/client';
import { follow } from '../../lib/live/events';
import type { Alert } from './open';

export interface Told {
  alert: (a: Alert) => void;
  /** The list must be read: the stream begins here, or some were left out. */
  read: () => void;
  state: (live: boolean) => void;
}

/** followAlerts tells of alerts until what it returns is called. */
export function followAlerts(muted: boolean, told: Told): () => void {
  const end = new AbortController();
  void follow({
    url: `/api/alerts/stream${muted ? '?includeMuted=true' : ''}`,
    headers: authorization(),
    signal: end.signal,
    event: (e) => {
      if (e.name === 'alert') told.alert(JSON.parse(e.data) as Alert);
      if (e.name === 'following' || e.name === 'gap') told.read();
    },
    state: (live) => told.state(live),
    refused: () => told.state(false),
  });
  return () => end.abort();
}
