// Which chargers a list shows.

import type { Charger } from '../../lib/live/protocol';
import { shownStatus } from '../../lib/ui/shownStatus';

export interface Wanted {
  /** Part of a name, identity, make, model, serial number or external id. */
  text: string;
  /** The status of one of its ports; '' for any. */
  status: string;
}

/** isConnected reports whether a charger is connected. */
export function isConnected(c: Charger): boolean {
  return c.connectionStatus?.status === 'Connected';
}

/** matches reports whether a charger is wanted. */
export function matches(c: Charger, w: Wanted): boolean {
  const word = w.text.trim().toLowerCase();
  const known = [c.name, c.ocppId, c.manufacturer, c.model, c.serialNumber, c.externalId];
  return known.some((k) => k?.toLowerCase().includes(word)) && (!w.status || c.ports.some((p) => shownStatus(p, isConnected(c)) === w.status));
}
