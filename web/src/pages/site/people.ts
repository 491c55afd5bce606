// Who charges, as people know them.

import type { Port } from '../../lib/live/protocol';

/** whoCharges names the vehicle, else the customer, else the card of a session; null for nobody. */
export function whoCharges(port: Port): string | null {
  const s = port.currentChargingSession;
  if (!s) return null;
  return s.vehicle?.name ?? s.customer?.name ?? s.rfid?.name ?? s.ocppIdTag ?? null;
}
