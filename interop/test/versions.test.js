// Chargers of each version, made of ocpp-rpc in strict mode, under a server
// that sets them up by itself: a session as GET /api/sites shows it, and every
// message that a charger can send.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { yard } from '../lib/estate.js';
import { actions, protocols, request } from '../lib/legal.js';
import { Server, eventually } from '../lib/server.js';
import { Station } from '../lib/station.js';
import { assertRecent, iso } from '../lib/times.js';
import { assertCleanRecord } from '../lib/witness.js';

let server;
before(async () => {
  const chargers = protocols.flatMap((protocol) => [`session-${protocol}`, `talker-${protocol}`]);
  server = await Server.start(yard(Object.fromEntries([...chargers, 'changer'].map((identity) => [identity, {}]))), ['--rate-limit', '100000', '--energy-price', '0.45']);
});
after(async () => { await server?.stop(); });

const shown = async (station) => (await server.charger(station.identity)).ports[0];

describe('chargers of OCPP 2.x', { concurrency: true }, () => {
  for (const protocol of ['ocpp2.0.1', 'ocpp2.1']) {
    test(`a session of ${protocol} shows field by field, and outlives its connection`, async () => {
      let station = await Station.connect(server, `session-${protocol}`, protocol);
      const boot = await station.boot();
      assertRecent(boot.currentTime);
      assert.equal(boot.interval, 300);
      for (const port of [1, 2]) {
        await station.status(port, 'Available');
      }
      await station.status(1, 'Occupied');
      assert.equal((await shown(station)).ocppStatus.status, 'Preparing');
      assert.equal((await station.call('Authorize', { idToken: { idToken: 'LOST0001', type: 'ISO14443' } })).idTokenInfo.status, 'Blocked');
      assert.equal((await station.call('Authorize', { idToken: { idToken: 'NOBODY', type: 'ISO14443' } })).idTokenInfo.status, 'Unknown');

      const transactionId = '20260302001';
      const startTime = iso(-300);
      const evse = { id: 1, connectorId: 1 };
      const energy = (value, context) => ({ value, context, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'kWh' } });
      const event = (eventType, triggerReason, seqNo, timestamp, info, rest = {}) => station.call('TransactionEvent', {
        eventType, triggerReason, seqNo, timestamp, transactionInfo: { transactionId, ...info }, ...rest,
      });
      const started = await event('Started', 'Authorized', 0, startTime, { chargingState: 'EVConnected' }, {
        evse, idToken: { idToken: 'a0b1c2d3', type: 'ISO14443' }, meterValue: [{ timestamp: startTime, sampledValue: [energy(100, 'Transaction.Begin')] }],
      });
      assert.deepEqual(started.idTokenInfo, { status: 'Accepted', groupIdToken: { idToken: 'DEPOT', type: 'Central' } });
      const at = iso(-60);
      await event('Updated', 'ChargingStateChanged', 1, at, { chargingState: 'Charging' }, { meterValue: [{ timestamp: at, sampledValue: [
        energy(112.25), { value: 50000, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W' } }, { value: 61, measurand: 'SoC' },
        { value: 400.5, measurand: 'Voltage' }, { value: 125, measurand: 'Current.Import' },
      ] }] });
      const port = await shown(station);
      const session = port.currentChargingSession;
      assert.deepEqual([port.ocppStatus.status, port.ocppStatus.errorCode], ['Charging', 'NoError']);
      assert.deepEqual(session, {
        id: session.id, startTime, socStartPercent: 61, energyDeliveredKwh: 12.25, ocppIdTag: 'a0b1c2d3', ocppTransactionId: 20260302001,
        latestReadings: {
          powerKw: { value: 50, timestamp: at }, currentA: { value: 125, timestamp: at }, socPercent: { value: 61, timestamp: at },
          voltage: { value: 400.5, timestamp: at },
        },
        vehicle: { id: 700, make: 'Ravn', model: 'Cargo E', name: 'Van 12', vin: null },
        rfid: { id: 310, name: 'Card 12' }, customer: { name: 'Linehaul West' },
      });

      // The connection ends; the session goes on, with what was said meanwhile.
      const again = (seqNo, value, rest = {}) => event('Updated', 'MeterValuePeriodic', seqNo, iso(-30 + seqNo), { chargingState: 'Charging' },
        { meterValue: [{ timestamp: iso(-30 + seqNo), sampledValue: [energy(value)] }], ...rest });
      await station.client.close({ force: true });
      station.assertClean();
      station = await Station.connect(server, `session-${protocol}`, protocol);
      await again(2, 113, { offline: true });
      await again(2, 113, { offline: true }); // told twice, counted once
      await event('Updated', 'ChargingStateChanged', 3, iso(-20), { chargingState: 'SuspendedEV' });
      const suspended = await shown(station);
      assert.deepEqual([suspended.ocppStatus.status, suspended.currentChargingSession.id, suspended.currentChargingSession.energyDeliveredKwh], ['SuspendedEV', session.id, 13]);
      const ended = await event('Ended', 'EVDeparted', 4, iso(-5), { stoppedReason: 'EVDisconnected' }, {
        meterValue: [{ timestamp: iso(-5), sampledValue: [energy(120, 'Transaction.End')] }],
      });
      assert.equal(ended.totalCost, 9);
      await station.status(1, 'Available');
      const free = await shown(station);
      assert.deepEqual([free.currentChargingSession, free.ocppStatus.status], [null, 'Available']);

      // The other way of telling a port's state: NotifyEvent, with a fault and its end.
      const notify = (component, variable, actualValue, rest = {}) => station.call('NotifyEvent', { generatedAt: iso(), seqNo: 0, tbc: false, eventData: [{
        eventId: 1, timestamp: iso(), trigger: 'Alerting', actualValue, eventNotificationType: 'HardWiredNotification',
        component: { name: component, evse: { id: 1 } }, variable: { name: variable }, ...rest,
      }] });
      await notify('Connector', 'AvailabilityState', 'Faulted', { component: { name: 'Connector', evse } });
      await notify('GroundIsolationProtection', 'Problem', 'true', { techCode: 'E-17', techInfo: 'wet' });
      const faulted = (await shown(station)).ocppStatus;
      assert.deepEqual([faulted.status, faulted.errorCode, faulted.vendorErrorCode, faulted.info], ['Faulted', 'GroundFailure', 'E-17', 'wet']);
      await notify('GroundIsolationProtection', 'Problem', 'false', { cleared: true });
      await station.status(1, 'Available');
      assert.equal((await shown(station)).ocppStatus.errorCode, 'NoError');
      await station.close();
    });
  }
});

// What the server calls by itself after a boot; each station answers all of it.
const setUp = { 'ocpp1.6': 'GetConfiguration', 'ocpp2.0.1': 'GetBaseReport', 'ocpp2.1': 'GetBaseReport' };

describe('every message of a charger', { concurrency: true }, () => {
  for (const protocol of protocols) {
    test(`of ${protocol} is answered`, async () => {
      const station = await Station.connect(server, `talker-${protocol}`, protocol);
      await station.boot();
      const toChargers = (await server.fetch(`/api/ocpp/actions?protocol=${protocol}`)).map((action) => action.action);
      const ofCharger = actions(protocol).filter((action) => action === 'DataTransfer' || !toChargers.includes(action));
      assert.ok(ofCharger.length >= (station.old ? 14 : 25), ofCharger.join(' '));
      for (const full of [false, true]) {
        for (const action of ofCharger) {
          const payload = request(protocol, action, full);
          if (action === 'NotifyPeriodicEventStream') {
            station.client.sendRaw(JSON.stringify([6, `send-${full}`, action, payload])); // a SEND, which nobody answers
          } else {
            await station.call(action, payload);
          }
        }
      }
      await station.boot();
      await eventually(async () => station.called(setUp[protocol]));
      assertRecent((await station.call('Heartbeat')).currentTime);
      assert.equal((await server.charger(station.identity)).connectionStatus.status, 'Connected');
      await station.close();
    });
  }

  test('the version belongs to the connection', async () => {
    for (const protocol of [...protocols, 'ocpp1.6']) {
      const station = await Station.connect(server, 'changer', protocol);
      await station.boot();
      const transaction = await station.begin(2, 'A0B1C2D3');
      const { ports } = await server.charger('changer');
      assert.equal(ports[1].currentChargingSession.ocppTransactionId, station.old ? transaction : null);
      await station.end(2, transaction);
      station.client.close({ force: true });
    }
  });
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
