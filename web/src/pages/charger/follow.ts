// The messages of a charger as they are said.

import { authorization } from '../../lib/api/client';
import { follow } from '../../lib/live/events';
import type { Message } from './messages';

export interface Told {
  /** A message, or one that was told before and now has its answer. */
  message: (m: Message) => void;
  /** Some were left out: the list must be read anew. */
  gap: () => void;
  state?: (live: boolean) => void;
}

/** followMessages tells of messages until it is ended; it returns what ends it. */
export function followMessages(charger: number, told: Told): () => void {
  const end = new AbortController();
  let before = false;
  void follow({
    url: `/api/ocpp-messages/stream?chargerId=${charger}`,
    headers: authorization(),
    signal: end.signal,
    event: (e) => {
      if (e.name === 'message') told.message(JSON.parse(e.data) as Message);
      if (e.name === 'gap') told.gap();
    },
    state: (live) => {
      // What was said while the connection was lost is read.
      if (live && !before) told.gap();
      before = live;
      told.state?.(live);
    },
    refused: () => told.state?.(false),
  });
  return () => end.abort();
}
