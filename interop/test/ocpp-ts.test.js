// A charger made of ocpp-ts, with a password: a second, independent client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertCleanRecord } from '../lib/witness.js';
import { estate, password } from '../lib/estate.js';
import { Plain, libraries } from '../lib/plain.js';
import { Server, eventually } from '../lib/server.js';
import { assertRecent, iso } from '../lib/times.js';

let server;
before(async () => { server = await Server.start(estate); });
after(async () => { await server?.stop(); });

const [library] = libraries;
const connect = (identity, secret) => Plain.connect(server, library, identity, { password: secret });

test('a password is taken as bytes, as text, and in either letter case', async () => {
  for (const secret of [Buffer.from(password, 'hex'), Buffer.from(password), Buffer.from(password.toLowerCase())]) {
    const client = await connect('guarded', secret);
    assertRecent((await client.call('Heartbeat', {})).currentTime);
    client.close();
  }
  await assert.rejects(connect('guarded', Buffer.from('wrong')), /401/);
  await assert.rejects(connect('guarded'), /401/);
});

test('a charger boots, charges and stops', async () => {
  const client = await connect('guarded', Buffer.from(password, 'hex'));
  const boot = await client.call('BootNotification', {
    chargePointVendor: 'Tessel', chargePointModel: 'T2', chargeBoxSerialNumber: 'BOX-1', firmwareVersion: '0.9', meterType: 'M', imsi: '1',
  });
  assert.equal(boot.status, 'Accepted');
  await client.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing', timestamp: iso(-20) });
  assert.equal((await client.call('Authorize', { idTag: 'A0B1C2D3' })).idTagInfo.status, 'Accepted');
  const startTime = iso(-15);
  const { transactionId } = await client.call('StartTransaction', { connectorId: 1, idTag: 'A0B1C2D3', meterStart: 40, timestamp: startTime });
  const charging = iso(-14);
  await client.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging', timestamp: charging });
  const at = iso(-1);
  await client.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: at, sampledValue: [
    { value: '90' }, { value: '7.2', measurand: 'Power.Active.Import', unit: 'kW' },
  ] }] });

  const charger = await server.charger('guarded');
  assert.deepEqual(charger, {
    id: 46, name: 'guarded', manufacturer: 'Tessel', model: 'T2', serialNumber: 'BOX-1', firmwareVersion: '0.9', latitude: null,
    longitude: null, externalId: null, ocppId: 'guarded', type: 'Level 2', powerSharing: false,
    connectionStatus: { status: 'Connected', timestamp: charger.connectionStatus.timestamp }, numberOfPorts: 1,
    ports: [{
      id: 87, name: 'Port 1', portNumber: 1, maximumPowerKw: null, connectorType: 'J1772',
      ocppStatus: { status: 'Charging', timestamp: charging, errorCode: 'NoError', vendorErrorCode: null, info: null },
      currentChargingSession: {
        id: charger.ports[0].currentChargingSession.id, startTime, socStartPercent: null, energyDeliveredKwh: 0.05, ocppIdTag: 'A0B1C2D3',
        ocppTransactionId: transactionId,
        latestReadings: { powerKw: { value: 7.2, timestamp: at }, currentA: null, socPercent: null, voltage: null },
        vehicle: { id: 700, make: 'Ravn', model: 'Cargo E', name: 'Van 12', vin: null },
        rfid: { id: 310, name: 'Card 12' }, customer: { name: 'Linehaul West' },
      },
    }],
  });

  assert.deepEqual(await client.call('StopTransaction', { transactionId, meterStop: 100, timestamp: iso(), reason: 'EVDisconnected' }), {});
  assert.equal((await server.charger('guarded')).ports[0].currentChargingSession, null);
  assert.equal((await client.call('DataTransfer', { vendorId: 'v' })).status, 'UnknownVendorId');
  await client.call('FirmwareStatusNotification', { status: 'Downloading' });
  await client.call('DiagnosticsStatusNotification', { status: 'Idle' });
  client.close();
  await eventually(async () => assert.equal((await server.charger('guarded')).connectionStatus.status, 'Disconnected'));
});

test('a charger does what it is told', async () => {
  const client = await connect('guarded', Buffer.from(password, 'hex'));
  await client.boot();
  const { id } = await server.charger('guarded');
  client.answer('RemoteStartTransaction', ({ idTag, connectorId }) => ({ status: idTag === 'A0B1C2D3' && connectorId === 1 ? 'Accepted' : 'Rejected' }));
  const start = (await server.post(`/api/chargers/${id}/start`, { port: 1, tag: 'A0B1C2D3' })).data;
  assert.deepEqual([start.action, start.status, start.outcome], ['RemoteStartTransaction', 'answered', 'accepted']);
  const transactionId = await client.begin(1, 'A0B1C2D3');
  client.answer('RemoteStopTransaction', (payload) => ({ status: payload.transactionId === transactionId ? 'Accepted' : 'Rejected' }));
  const stop = (await server.post(`/api/chargers/${id}/stop`)).data;
  assert.deepEqual([stop.status, stop.outcome], ['answered', 'accepted']);
  await client.end(1, transactionId, { remote: true });

  client.answer('GetConfiguration', { configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }] });
  const configuration = await server.give(id, 'GetConfiguration', { key: ['HeartbeatInterval'] });
  assert.deepEqual(configuration.response, { configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '300' }] });
  // What the charger has no handler for it refuses by itself.
  const reset = await server.give(id, 'Reset', { type: 'Soft' });
  assert.deepEqual([reset.status, reset.error.code], ['refused', 'NotImplemented']);
  client.close();
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
