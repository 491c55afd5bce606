// Which alerts are open. Alerts have no end of their own: one is open while what
// it tells of lasts, by the same rule as the count of GET /api/overview.

import type { Schemas } from '../../lib/api/client';
import type { Charger } from '../../lib/live/protocol';

export type Alert = Schemas['Alert'];

/** How long an alert may count as open, in milliseconds. */
export const longest = 30 * 24 * 3600_000;

/** lasts reports whether what an alert tells of is still so. */
export function lasts(alert: Alert, charger: Charger | undefined, now: number): boolean {
  const raised = Date.parse(alert.startTimestamp);
  if (!charger || alert.muted || raised > now || now - raised > longest) return false;
  switch (alert.type) {
    case 'offlineCharger':
      return charger.connectionStatus?.status === 'Disconnected' && Date.parse(charger.connectionStatus.timestamp) <= raised;
    case 'chargingSessionError': {
      const status = charger.ports.find((p) => p.id === alert.port?.id)?.ocppStatus;
      return !!status && (status.status === 'Faulted' || status.errorCode !== 'NoError');
    }
    case 'lowBattery':
    case 'lateCharging':
      return charger.ports.some((p) => p.currentChargingSession && p.currentChargingSession.id === alert.chargingSession?.id);
    default:
      return false; // it tells of something that is done
  }
}

// Two thresholds of one outage are one alert; an error lasts whatever the session.
function about(a: Alert): string {
  return [a.type, a.charger?.id, a.port?.id, a.type === 'chargingSessionError' ? '' : a.chargingSession?.id].join(' ');
}

/** openOf returns the open alerts, newest first, one for each thing that is wrong. */
export function openOf(alerts: Alert[], chargerOf: (id: number) => Charger | undefined, now: number): Alert[] {
  const seen = new Set<string>();
  const open: Alert[] = [];
  for (const a of [...alerts].sort((x, y) => Date.parse(y.startTimestamp) - Date.parse(x.startTimestamp) || y.id - x.id)) {
    if (!a.charger || seen.has(about(a)) || !lasts(a, chargerOf(a.charger.id), now)) continue;
    seen.add(about(a));
    open.push(a);
  }
  return open;
}

/** withAlert puts an alert into a list that is newest first; one that is there already is replaced. */
export function withAlert(list: Alert[], alert: Alert): Alert[] {
  return [alert, ...list.filter((a) => a.id !== alert.id)].sort((x, y) => y.id - x.id);
}

/** messagesOf is where the messages of the charger around a moment are shown. */
export function messagesOf(chargerId: number, moment: string): string {
  return `/chargers/${chargerId}/messages?at=${encodeURIComponent(new Date(Date.parse(moment) + 60_000).toISOString())}`;
}
