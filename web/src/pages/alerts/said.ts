// An alert in a sentence.

import { text } from '../../lib/text';
import { inZone } from '../../lib/time.svelte';
import { percent } from '../../lib/units';
import type { Alert } from './open';

/** said tells what an alert is about, and what to do where there is something to do. */
export function said(a: Alert, zone: string | null): string {
  const t = text.alerts.said;
  switch (a.type) {
    case 'offlineCharger':
      return t.offline(a.offlineCharger?.thresholdMinutes ?? null);
    case 'chargingSessionError': {
      const e = a.chargingSessionError;
      const codes = [e?.ocppErrorCode === 'NoError' ? null : e?.ocppErrorCode, e?.ocppVendorErrorCode, e?.ocppInfo].filter((part) => !!part).join(', ');
      const contexts: Record<string, string> = text.alerts.categories;
      return t.error(codes || (e?.status ?? text.words.unknown), e?.errorContext ? (contexts[e.errorContext] ?? e.errorContext) : null);
    }
    case 'lowBattery':
      return t.low(percent(a.lowBattery?.socPercent), percent(a.lowBattery?.socThreshold));
    case 'chargingCompleted':
      return t.completed(percent(a.chargingCompleted?.socPercent));
    case 'lateCharging': {
      const written = (time: string | null | undefined) => (time ? inZone(time, 'dateTime', zone) : text.words.unknown);
      return t.late(written(a.lateCharging?.currentEta), written(a.lateCharging?.currentDepartureTime));
    }
  }
}
