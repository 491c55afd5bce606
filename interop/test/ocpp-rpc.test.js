// A charger made of ocpp-rpc, in strict mode: it refuses every answer that the
// official schemas in that package forbid. What it sent is then compared with
// GET /api/sites, field by field.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RPCClient } from 'ocpp-rpc';
import { assertCleanRecord } from '../lib/witness.js';
import { estate } from '../lib/estate.js';
import { Server, eventually } from '../lib/server.js';
import { assertRecent, iso } from '../lib/times.js';

let server;
before(async () => { server = await Server.start(estate); });
after(async () => { await server?.stop(); });

async function connect(identity, options = {}) {
  const client = new RPCClient({
    endpoint: server.ws, identity, protocols: ['ocpp1.6'], strictMode: true, reconnect: false, callTimeoutMs: 5000, ...options,
  });
  await client.connect();
  assert.equal(client.protocol, 'ocpp1.6');
  return client;
}

const status = (connectorId, word, timestamp, rest = {}) => ({ connectorId, errorCode: 'NoError', status: word, timestamp, ...rest });
const sample = (value, measurand, unit, rest = {}) => ({ value: String(value), measurand, unit, ...rest });

test('a boot tells what the charger is, where the operator said nothing', async () => {
  const client = await connect('plain');
  const answer = await client.call('BootNotification', {
    chargePointVendor: 'Nordlys', chargePointModel: 'AC-22', chargePointSerialNumber: 'N-77', firmwareVersion: '1.4.2',
  });
  assert.equal(answer.status, 'Accepted');
  assert.equal(answer.interval, 300);
  assertRecent(answer.currentTime);
  assertRecent((await client.call('Heartbeat', {})).currentTime);

  const charger = await server.charger('plain');
  assertRecent(charger.connectionStatus.timestamp);
  assert.deepEqual(charger, {
    id: 42, name: 'plain', manufacturer: 'Nordlys', model: 'AC-22', serialNumber: 'N-77', firmwareVersion: '1.4.2',
    latitude: null, longitude: null, externalId: null, ocppId: 'plain', type: 'Level 2', powerSharing: false,
    connectionStatus: { status: 'Connected', timestamp: charger.connectionStatus.timestamp }, numberOfPorts: 0, ports: [],
  });

  // A status makes the port that the estate does not know.
  const at = iso(-1);
  await client.call('StatusNotification', status(0, 'Available', at));
  await client.call('StatusNotification', status(1, 'Faulted', at, { errorCode: 'GroundFailure', vendorErrorCode: 'E-17', info: 'wet', vendorId: 'Nordlys' }));
  const { numberOfPorts, ports } = await server.charger('plain');
  assert.equal(numberOfPorts, 1);
  assert.deepEqual(ports, [{
    id: ports[0].id, name: 'Port 1', portNumber: 1, maximumPowerKw: null, connectorType: 'J1772',
    ocppStatus: { status: 'Faulted', timestamp: at, errorCode: 'GroundFailure', vendorErrorCode: 'E-17', info: 'wet' },
    currentChargingSession: null,
  }]);
  await client.close();
  await eventually(async () => assert.equal((await server.charger('plain')).connectionStatus.status, 'Disconnected'));
});

test('access IDs decide who may charge', async () => {
  const client = await connect('second');
  const authorize = async (idTag) => (await client.call('Authorize', { idTag })).idTagInfo;
  assert.deepEqual(await authorize('A0B1C2D3'), { status: 'Accepted', parentIdTag: 'DEPOT' });
  assert.deepEqual(await authorize('a0b1c2d3'), { status: 'Accepted', parentIdTag: 'DEPOT' }, 'letter case does not count');
  assert.equal((await authorize('VID:AA11BB22CC33')).status, 'Accepted');
  assert.equal((await authorize('VIDAA11BB22CC33')).status, 'Invalid', 'separators count');
  assert.equal((await authorize('NOBODY')).status, 'Invalid');
  assert.equal((await authorize('LOST0001')).status, 'Blocked');
  assert.equal((await authorize('OLD00001')).status, 'Expired');
  await client.close();
});

test('a whole session shows field by field, on its port alone', async () => {
  const client = await connect('fast');
  await client.call('BootNotification', { chargePointVendor: 'Other', chargePointModel: 'Other', firmwareVersion: '3.2.0' });
  for (const connectorId of [0, 1, 2]) {
    await client.call('StatusNotification', status(connectorId, 'Available', iso(-600)));
  }
  await client.call('StatusNotification', status(1, 'Preparing', iso(-500)));
  const startTime = iso(-480);
  const { transactionId, idTagInfo } = await client.call('StartTransaction', { connectorId: 1, idTag: 'a0b1c2d3', meterStart: 1000000, timestamp: startTime });
  assert.deepEqual(idTagInfo, { status: 'Accepted', parentIdTag: 'DEPOT' });
  assert.ok(Number.isInteger(transactionId) && transactionId > 0 && transactionId < 2 ** 31, `transaction id ${transactionId}`);
  const charging = iso(-470);
  await client.call('StatusNotification', status(1, 'Charging', charging));
  const first = iso(-460);
  const last = iso(-60);
  const power = iso(-30);
  await client.call('MeterValues', { connectorId: 1, transactionId, meterValue: [
    { timestamp: first, sampledValue: [sample(31, 'SoC', 'Percent', { location: 'EV' }), sample(1000050, 'Energy.Active.Import.Register', 'Wh')] },
    { timestamp: last, sampledValue: [
      sample(46, 'SoC', 'Percent', { location: 'EV' }), sample('1018.42', 'Energy.Active.Import.Register', 'kWh'),
      sample(80000, 'Power.Active.Import', 'W'), sample(221.5, 'Current.Import', 'A'),
    ] },
    { timestamp: power, sampledValue: [sample('88.7', 'Power.Active.Import', 'kW')] },
  ] });

  const charger = await server.charger('fast');
  const session = charger.ports[0].currentChargingSession;
  assert.ok(Number.isInteger(session?.id) && session.id > 0);
  assertRecent(charger.connectionStatus.timestamp);
  assert.deepEqual(charger, {
    id: 41, name: 'Bay 4', manufacturer: 'Voltix', model: 'VX-160', serialNumber: 'VX-00917', firmwareVersion: '3.2.0',
    latitude: 47.6101, longitude: -122.3344, externalId: 'NL-0041', ocppId: 'fast', type: 'DCFC', powerSharing: true,
    connectionStatus: { status: 'Connected', timestamp: charger.connectionStatus.timestamp }, numberOfPorts: 2,
    ports: [
      {
        id: 81, name: 'Left', portNumber: 1, maximumPowerKw: 160, connectorType: 'CCS1',
        ocppStatus: { status: 'Charging', timestamp: charging, errorCode: 'NoError', vendorErrorCode: null, info: null },
        currentChargingSession: {
          id: session.id, startTime, socStartPercent: 31, energyDeliveredKwh: 18.42, ocppIdTag: 'a0b1c2d3', ocppTransactionId: transactionId,
          latestReadings: {
            powerKw: { value: 88.7, timestamp: power }, currentA: { value: 221.5, timestamp: last },
            socPercent: { value: 46, timestamp: last }, voltage: null,
          },
          vehicle: { id: 700, make: 'Ravn', model: 'Cargo E', name: 'Van 12', vin: null },
          rfid: { id: 310, name: 'Card 12' },
          customer: { name: 'Linehaul West' },
        },
      },
      {
        id: 82, name: 'Right', portNumber: 2, maximumPowerKw: 160, connectorType: 'NACS',
        ocppStatus: { status: 'Available', timestamp: charger.ports[1].ocppStatus.timestamp, errorCode: 'NoError', vendorErrorCode: null, info: null },
        currentChargingSession: null,
      },
    ],
  });

  const stop = { transactionId, idTag: 'A0B1C2D3', meterStop: 1019000, timestamp: iso(-5), reason: 'Local' };
  assert.deepEqual(await client.call('StopTransaction', stop), { idTagInfo: { status: 'Accepted', parentIdTag: 'DEPOT' } });
  assert.equal((await server.charger('fast')).ports[0].currentChargingSession, null);
  // A stop that comes twice changes nothing, and a start that comes twice is the same one.
  await client.call('StopTransaction', stop);
  const again = await client.call('StartTransaction', { connectorId: 1, idTag: 'a0b1c2d3', meterStart: 1000000, timestamp: startTime });
  assert.equal(again.transactionId, transactionId);
  assert.equal((await server.charger('fast')).ports[0].currentChargingSession, null);
  await client.close();
});

test('a refused card gets a transaction id, and phases are put together', async () => {
  const client = await connect('second');
  const startTime = iso(-100);
  const { transactionId, idTagInfo } = await client.call('StartTransaction', { connectorId: 2, idTag: 'NOBODY', meterStart: 0, timestamp: startTime });
  assert.deepEqual(idTagInfo, { status: 'Invalid' });
  assert.ok(transactionId > 0);
  const at = iso(-50);
  await client.call('MeterValues', { connectorId: 2, transactionId, meterValue: [{ timestamp: at, sampledValue: [
    sample(2300, 'Power.Active.Import', 'W', { phase: 'L1' }), sample(2310, 'Power.Active.Import', 'W', { phase: 'L2' }), sample(2290, 'Power.Active.Import', 'W', { phase: 'L3' }),
    sample(10.1, 'Current.Import', 'A', { phase: 'L1' }), sample(9.9, 'Current.Import', 'A', { phase: 'L2' }), sample(99, 'Current.Import', 'A', { phase: 'N' }),
    sample(230, 'Voltage', 'V', { phase: 'L1-N' }), sample(232, 'Voltage', 'V', { phase: 'L2-N' }),
    sample(500, 'Power.Active.Import', 'W', { location: 'Inlet' }),
  ] }] });
  const session = (await server.charger('second')).ports[1].currentChargingSession;
  assert.deepEqual(session, {
    id: session.id, startTime, socStartPercent: null, energyDeliveredKwh: 0, ocppIdTag: 'NOBODY', ocppTransactionId: transactionId,
    latestReadings: {
      powerKw: { value: 6.9, timestamp: at }, currentA: { value: 10.1, timestamp: at }, socPercent: null, voltage: { value: 231, timestamp: at },
    },
    vehicle: null, rfid: null, customer: null,
  });
  await client.call('StopTransaction', { transactionId, meterStop: 120, timestamp: iso(), reason: 'DeAuthorized' });
  await client.close();
});

test('everything else that a charger can send is answered', async () => {
  const client = await connect('second');
  const unknown = await client.call('DataTransfer', { vendorId: 'com.example', messageId: 'm', data: 'x' });
  assert.equal(unknown.status, 'UnknownVendorId');
  assert.deepEqual(await client.call('DiagnosticsStatusNotification', { status: 'Uploaded' }), {});
  assert.deepEqual(await client.call('FirmwareStatusNotification', { status: 'Installed' }), {});
  assert.deepEqual(await client.call('LogStatusNotification', { status: 'Uploaded', requestId: 7 }), {});
  assert.deepEqual(await client.call('SecurityEventNotification', { type: 'SettingSystemTime', timestamp: iso(-3), techInfo: 'ntp' }), {});
  assert.deepEqual(await client.call('SignedFirmwareStatusNotification', { status: 'Installed', requestId: 8 }), {});
  assert.equal((await client.call('SignCertificate', { csr: 'MIIB' })).status, 'Rejected');
  // Meter values of the whole station belong to no session.
  assert.deepEqual(await client.call('MeterValues', { connectorId: 0, meterValue: [{ timestamp: iso(), sampledValue: [sample(5, 'Energy.Active.Import.Register', 'kWh')] }] }), {});
  await client.close();
});

test('a session outlives the connection and the server', async () => {
  let client = await connect('second');
  const { transactionId } = await client.call('StartTransaction', { connectorId: 1, idTag: 'VID:AA11BB22CC33', meterStart: 500, timestamp: iso(-30) });
  const session = (await server.charger('second')).ports[0].currentChargingSession;
  assert.deepEqual([session.ocppTransactionId, session.rfid, session.vehicle.name], [transactionId, null, 'Van 12']);
  const meter = (value) => client.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: iso(), sampledValue: [sample(value, 'Energy.Active.Import.Register', 'Wh')] }] });
  await meter(1500);
  const shown = async () => (await server.charger('second')).ports[0].currentChargingSession;
  assert.equal((await shown()).energyDeliveredKwh, 1);

  await client.close({ force: true });
  await eventually(async () => assert.equal((await server.charger('second')).connectionStatus.status, 'Disconnected'));
  assert.equal((await shown()).id, session.id);

  await server.down('SIGKILL');
  await server.up();
  assert.deepEqual(await shown(), { ...session, energyDeliveredKwh: 1 });
  assert.equal((await server.charger('second')).connectionStatus.status, 'Disconnected');

  // A charger that was accepted once need not boot again.
  client = await connect('second');
  await meter(2500);
  assert.deepEqual([(await shown()).id, (await shown()).energyDeliveredKwh], [session.id, 2]);
  await client.call('StopTransaction', { transactionId, meterStop: 2600, timestamp: iso() });
  assert.equal(await shown(), null);
  await client.close();
});

test('a queue of old messages is taken, and does not make the present old', async () => {
  let client = await connect('offline');
  const shown = iso();
  await client.call('StatusNotification', status(1, 'Available', shown));
  await client.close();

  // Back again, the charger first says what it kept: a session of two hours ago.
  client = await connect('offline');
  await client.call('StatusNotification', status(1, 'Charging', iso(-7100)));
  const startTime = iso(-7200);
  const start = { connectorId: 1, idTag: 'A0B1C2D3', meterStart: 100, timestamp: startTime };
  const { transactionId } = await client.call('StartTransaction', start);
  const running = (await server.charger('offline')).ports[0].currentChargingSession;
  assert.deepEqual([running.startTime, running.ocppTransactionId], [startTime, transactionId]);
  assert.equal((await client.call('StartTransaction', start)).transactionId, transactionId, 'a repeat is the same transaction');
  await client.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: iso(-5400), sampledValue: [sample(5100, 'Energy.Active.Import.Register', 'Wh')] }] });
  const metered = (await server.charger('offline')).ports[0].currentChargingSession;
  assert.deepEqual([metered.id, metered.energyDeliveredKwh], [running.id, 5]);
  await client.call('StatusNotification', status(1, 'Finishing', iso(-3700)));
  await client.call('StopTransaction', { transactionId, meterStop: 9100, timestamp: iso(-3600), reason: 'EVDisconnected' });
  let [port] = (await server.charger('offline')).ports;
  assert.equal(port.currentChargingSession, null);
  assert.deepEqual([port.ocppStatus.status, port.ocppStatus.timestamp], ['Available', shown], 'an old status does not replace a newer one');

  const now = iso();
  await client.call('StatusNotification', status(1, 'Preparing', now));
  [port] = (await server.charger('offline')).ports;
  assert.deepEqual([port.ocppStatus.status, port.ocppStatus.timestamp], ['Preparing', now]);
  await client.close();
});

test('a second connection wins at once, and the end of the first changes nothing', async () => {
  const first = await connect('offline');
  const ended = new Promise((resolve) => first.once('close', resolve));
  const second = await connect('offline');
  const { code } = await ended;
  assert.ok([1000, 1001, 1008].includes(code), `the first is closed properly, not with ${code}`);
  await second.call('Heartbeat', {});
  assert.equal((await server.charger('offline')).connectionStatus.status, 'Connected');
  await second.close();
});

test('a server that stops says 1001, and its charger finds it again by itself', async () => {
  const client = await connect('second', { reconnect: true, backoff: { initialDelay: 20, maxDelay: 200, factor: 2, randomisationFactor: 0 } });
  const left = new Promise((resolve) => client.once('disconnect', resolve));
  assert.equal(await server.down(), 0);
  assert.equal((await left).code, 1001);
  const back = new Promise((resolve) => client.once('open', resolve));
  await server.up();
  await back;
  await client.call('Heartbeat', {});
  assert.equal((await server.charger('second')).connectionStatus.status, 'Connected');
  await client.close();
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
