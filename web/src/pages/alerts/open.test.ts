import { describe, expect, test } from 'vitest';
import type { Charger } from '../../lib/live/protocol';
import { lasts, longest, messagesOf, openOf, withAlert, type Alert } from './open';

const raised = Date.parse('2026-03-02T04:00:00Z');
const alert = (o: Partial<Alert>): Alert => ({
  id: 1, type: 'offlineCharger', startTimestamp: '2026-03-02T04:00:00Z', muted: false,
  lowBattery: null, chargingCompleted: null, chargingSessionError: null, offlineCharger: null, lateCharging: null,
  chargingSession: null, site: null, port: null, vehicle: null, organization: null,
  charger: { id: 41, name: 'Bay 4', manufacturer: null, model: null, serialNumber: null, externalId: null, ocppId: null, networkServiceProvider: 'chargeyard', chargerType: 'DCFC' },
  ...o,
});
const session = { id: 9, startTime: '2026-03-02T03:00:00Z', endTime: null, durationSeconds: null, energyDeliveredKwh: 0, socStartPercent: null, socEndPercent: null };
const port = { id: 81, name: 'Left', portNumber: 1, maximumPowerKw: null };
const charger = (o: object): Charger => ({ id: 41, connectionStatus: null, ports: [], ...o }) as unknown as Charger;
const away = (since: string) => charger({ connectionStatus: { status: 'Disconnected', timestamp: since } });
const shows = (status: string, errorCode: string) => charger({ ports: [{ id: 81, ocppStatus: { status, errorCode }, currentChargingSession: null }] });

describe('an alert is open while what it tells of lasts', () => {
  test('a charger that is still gone, and not one that came back and went again', () => {
    expect(lasts(alert({}), away('2026-03-02T03:45:00Z'), raised + 1)).toBe(true);
    expect(lasts(alert({}), away('2026-03-02T04:10:00Z'), raised + 3600_000)).toBe(false);
    expect(lasts(alert({}), charger({ connectionStatus: { status: 'Connected', timestamp: '2026-03-02T03:45:00Z' } }), raised + 1)).toBe(false);
    expect(lasts(alert({}), undefined, raised + 1)).toBe(false);
  });
  test('an error that the port still shows', () => {
    const a = alert({ type: 'chargingSessionError', port });
    expect(lasts(a, shows('Faulted', 'NoError'), raised + 1)).toBe(true);
    expect(lasts(a, shows('Available', 'WeakSignal'), raised + 1)).toBe(true);
    expect(lasts(a, shows('Available', 'NoError'), raised + 1)).toBe(false);
    expect(lasts(alert({ type: 'chargingSessionError', port: { ...port, id: 82 } }), shows('Faulted', 'NoError'), raised + 1)).toBe(false);
  });
  test('a session that still runs', () => {
    const running = charger({ ports: [{ id: 81, ocppStatus: null, currentChargingSession: { id: 9 } }] });
    expect(lasts(alert({ type: 'lowBattery', chargingSession: session }), running, raised + 1)).toBe(true);
    expect(lasts(alert({ type: 'lateCharging', chargingSession: { ...session, id: 8 } }), running, raised + 1)).toBe(false);
    expect(lasts(alert({ type: 'chargingCompleted', chargingSession: session }), running, raised + 1)).toBe(false);
  });
  test('not when muted, in the future, or after thirty days', () => {
    const gone = away('2026-03-02T03:45:00Z');
    expect(lasts(alert({ muted: true }), gone, raised + 1)).toBe(false);
    expect(lasts(alert({}), gone, raised - 1)).toBe(false);
    expect(lasts(alert({}), gone, raised + longest)).toBe(true);
    expect(lasts(alert({}), gone, raised + longest + 1)).toBe(false);
  });
});

test('two thresholds of one outage are one, the newest', () => {
  const list = [alert({ id: 1 }), alert({ id: 2, startTimestamp: '2026-03-02T05:00:00Z' })];
  expect(openOf(list, () => away('2026-03-02T03:45:00Z'), raised + 7200_000).map((a) => a.id)).toEqual([2]);
});

test('an alert that is told twice stands once', () => {
  const list = [alert({ id: 3 }), alert({ id: 1 })];
  expect(withAlert(list, alert({ id: 2 })).map((a) => a.id)).toEqual([3, 2, 1]);
  expect(withAlert(list, alert({ id: 3, muted: true })).map((a) => [a.id, a.muted])).toEqual([[3, true], [1, false]]);
});

test('messages are shown up to a minute after the moment', () => {
  expect(messagesOf(41, '2026-03-02T04:00:00.000Z')).toBe('/chargers/41/messages?at=2026-03-02T04%3A01%3A00.000Z');
});
