// The worker that all tabs share.

import { Hub } from './hub';
import type { FromPage } from './protocol';

const hub = new Hub();

// TypeScript knows either pages or workers.
const scope = self as unknown as { onconnect: (e: MessageEvent) => void };

scope.onconnect = (e) => {
  const port = e.ports[0]!;
  const take = hub.join((m) => port.postMessage(m));
  port.onmessage = (m: MessageEvent<FromPage>) => take(m.data);
};
