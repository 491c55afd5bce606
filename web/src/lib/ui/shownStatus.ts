// What a port counts as.

import type { Port } from '../live/protocol';

/** shownStatus is offline while the charger is not connected, else what it told. */
export function shownStatus(port: Port, connected: boolean): string {
  return connected ? (port.ocppStatus?.status ?? 'Unknown') : 'Offline';
}
