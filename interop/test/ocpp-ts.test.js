// A charger made of ocpp-ts, with a password: a second, independent client.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OcppClient } from 'ocpp-ts';
import { assertCleanRecord } from '../lib/witness.js';
import { estate, password } from '../lib/estate.js';
import { Server, eventually } from '../lib/server.js';
import { assertRecent, iso } from '../lib/times.js';

let server;
before(async () => { server = await Server.start(estate); });
after(async () => { await server?.stop(); });

// connect resolves with a client that is connected, or rejects with its error.
// A password is bytes: OCPP 1.6 keeps it as hexadecimal text.
function connect(identity, secret) {
  const client = new OcppClient(identity);
  const headers = secret && { Authorization: `Basic ${Buffer.concat([Buffer.from(`${identity}:`), secret]).toString('base64')}` };
  return new Promise((resolve, reject) => {
    client.on('connect', () => resolve(client));
    client.on('error', reject);
    client.connect(`${server.ws}/`, headers);
  });
}

const close = (client) => client.connection.socket.close();

test('a password is taken as bytes, as text, and in either letter case', async () => {
  for (const secret of [Buffer.from(password, 'hex'), Buffer.from(password), Buffer.from(password.toLowerCase())]) {
    const client = await connect('guarded', secret);
    assertRecent((await client.callRequest('Heartbeat', {})).currentTime);
    close(client);
  }
  await assert.rejects(connect('guarded', Buffer.from('wrong')), /401/);
  await assert.rejects(connect('guarded'), /401/);
});

test('a charger boots, charges and stops', async () => {
  const client = await connect('guarded', Buffer.from(password, 'hex'));
  const boot = await client.callRequest('BootNotification', {
    chargePointVendor: 'Tessel', chargePointModel: 'T2', chargeBoxSerialNumber: 'BOX-1', firmwareVersion: '0.9', meterType: 'M', imsi: '1',
  });
  assert.equal(boot.status, 'Accepted');
  await client.callRequest('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing', timestamp: iso(-20) });
  assert.equal((await client.callRequest('Authorize', { idTag: 'A0B1C2D3' })).idTagInfo.status, 'Accepted');
  const startTime = iso(-15);
  const { transactionId } = await client.callRequest('StartTransaction', { connectorId: 1, idTag: 'A0B1C2D3', meterStart: 40, timestamp: startTime });
  const charging = iso(-14);
  await client.callRequest('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging', timestamp: charging });
  const at = iso(-1);
  await client.callRequest('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: at, sampledValue: [
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

  assert.deepEqual(await client.callRequest('StopTransaction', { transactionId, meterStop: 100, timestamp: iso(), reason: 'EVDisconnected' }), {});
  assert.equal((await server.charger('guarded')).ports[0].currentChargingSession, null);
  assert.equal((await client.callRequest('DataTransfer', { vendorId: 'v' })).status, 'UnknownVendorId');
  await client.callRequest('FirmwareStatusNotification', { status: 'Downloading' });
  await client.callRequest('DiagnosticsStatusNotification', { status: 'Idle' });
  close(client);
  await eventually(async () => assert.equal((await server.charger('guarded')).connectionStatus.status, 'Disconnected'));
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
