// A charger made of @extrawest/node-ts-ocpp, an independent client of OCPP
// 2.0.1: it boots, charges and does what it is told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { yard } from '../lib/estate.js';
import { Plain, libraries } from '../lib/plain.js';
import { Server, eventually } from '../lib/server.js';
import { assertRecent, iso } from '../lib/times.js';
import { assertCleanRecord } from '../lib/witness.js';

const password = 'sixteen characters';
const [, library] = libraries;

let server;
before(async () => { server = await Server.start(yard({ guarded: { password } }), ['--upkeep', 'off']); });
after(async () => { await server?.stop(); });

const port = async () => (await server.charger('guarded')).ports[0];

test('a charger boots, charges and stops', async () => {
  const charger = await Plain.connect(server, library, 'guarded', { password });
  assertRecent((await charger.boot()).currentTime);
  assertRecent((await charger.call('Heartbeat')).currentTime);
  await charger.status(1, 'Occupied');
  assert.equal((await port()).ocppStatus.status, 'Preparing');
  const authorize = await charger.call('Authorize', { idToken: { idToken: 'A0B1C2D3', type: 'ISO14443' } });
  assert.deepEqual(authorize.idTokenInfo, { status: 'Accepted', groupIdToken: { idToken: 'DEPOT', type: 'Central' } });

  const transactionId = await charger.begin(1, 'A0B1C2D3');
  const at = iso();
  await charger.call('TransactionEvent', {
    eventType: 'Updated', triggerReason: 'MeterValuePeriodic', seqNo: 1, timestamp: at, evse: { id: 1, connectorId: 1 },
    transactionInfo: { transactionId, chargingState: 'Charging' },
    meterValue: [{ timestamp: at, sampledValue: [
      { value: 1500, measurand: 'Energy.Active.Import.Register' }, { value: 42.5, measurand: 'SoC' },
      { value: 50, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'W', multiplier: 3 } },
    ] }],
  });
  const { ocppStatus, currentChargingSession: session } = await port();
  assert.equal(ocppStatus.status, 'Charging');
  assert.deepEqual([session.ocppIdTag, session.ocppTransactionId, session.energyDeliveredKwh], ['A0B1C2D3', null, 0.5]);
  assert.deepEqual(session.latestReadings.powerKw, { value: 50, timestamp: at });
  assert.deepEqual(session.latestReadings.socPercent, { value: 42.5, timestamp: at });
  const ended = await charger.end(1, transactionId);
  assert.ok(Number.isFinite(ended.totalCost), 'the end is answered with the cost');
  await charger.status(1, 'Available');
  assert.deepEqual([(await port()).currentChargingSession, (await port()).ocppStatus.status], [null, 'Available']);
  charger.close();
  await eventually(async () => assert.equal((await server.charger('guarded')).connectionStatus.status, 'Disconnected'));
});

test('a charger does what it is told', async () => {
  await assert.rejects(Plain.connect(server, library, 'guarded', { password: 'wrong password 16' }), /401/);
  const charger = await Plain.connect(server, library, 'guarded', { password });
  await charger.boot();
  const { id } = await server.charger('guarded');
  const order = async (name, body) => {
    const { data, error } = await server.post(`/api/chargers/${id}/${name}`, body);
    assert.deepEqual([data?.status, data?.outcome], ['answered', 'accepted'], `${name}: ${error ?? JSON.stringify(data)}`);
    return data;
  };
  let asked;
  charger.answer('RequestStartTransaction', (payload) => { asked = payload; return { status: 'Accepted' }; });
  const start = await order('start', { port: 2, tag: 'A0B1C2D3' });
  assert.deepEqual([asked.evseId, asked.idToken.idToken], [2, 'A0B1C2D3']);
  const transactionId = await charger.begin(2, 'A0B1C2D3', { remoteStartId: asked.remoteStartId });
  await eventually(async () => assert.ok((await server.fetch(`/api/commands/${start.id}`)).confirmedAt));
  charger.answer('RequestStopTransaction', (payload) => ({ status: payload.transactionId === transactionId ? 'Accepted' : 'Rejected' }));
  await order('stop', { port: 2 });
  await charger.end(2, transactionId, { remote: true });

  const result = [{ attributeStatus: 'Accepted', attributeValue: '300', component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }];
  charger.answer('GetVariables', { getVariableResult: result });
  const got = await server.give(id, 'GetVariables', { getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }] });
  assert.deepEqual(got.response, { getVariableResult: result });
  charger.answer('ChangeAvailability', { status: 'Accepted' });
  await order('availability', { port: 1, operative: false });
  charger.answer('TriggerMessage', { status: 'Accepted' });
  await order('trigger', { message: 'status', port: 1 });
  charger.answer('Reset', { status: 'Accepted' });
  await order('reset', {});
  // What it has no handler for the library refuses by itself, with this code.
  const refused = await server.give(id, 'ClearCache', {});
  assert.deepEqual([refused.status, refused.error.code], ['refused', 'InternalError']);
  charger.close();
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
