// Every call that a server may make, in every version: given over the API,
// answered by a charger made of ocpp-rpc in strict mode, and told back by the
// API as it was answered. And whatever can become of a call besides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import rpc from 'ocpp-rpc';
import { yard } from '../lib/estate.js';
import { actions, protocols, request, response } from '../lib/legal.js';
import { Server, eventually } from '../lib/server.js';
import { Station } from '../lib/station.js';
import { assertRecent, iso } from '../lib/times.js';
import { assertCleanRecord } from '../lib/witness.js';

// What only chargers call; DataTransfer goes both ways.
const ofChargers = {
  'ocpp1.6': [
    'Authorize', 'BootNotification', 'DiagnosticsStatusNotification', 'FirmwareStatusNotification', 'Heartbeat', 'LogStatusNotification',
    'MeterValues', 'SecurityEventNotification', 'SignCertificate', 'SignedFirmwareStatusNotification', 'StartTransaction',
    'StatusNotification', 'StopTransaction',
  ],
  'ocpp2.0.1': [
    'Authorize', 'BootNotification', 'ClearedChargingLimit', 'FirmwareStatusNotification', 'Get15118EVCertificate', 'GetCertificateStatus',
    'Heartbeat', 'LogStatusNotification', 'MeterValues', 'NotifyChargingLimit', 'NotifyCustomerInformation', 'NotifyDisplayMessages',
    'NotifyEVChargingNeeds', 'NotifyEVChargingSchedule', 'NotifyEvent', 'NotifyMonitoringReport', 'NotifyReport',
    'PublishFirmwareStatusNotification', 'ReportChargingProfiles', 'ReservationStatusUpdate', 'SecurityEventNotification',
    'SignCertificate', 'StatusNotification', 'TransactionEvent',
  ],
};
ofChargers['ocpp2.1'] = [
  ...ofChargers['ocpp2.0.1'], 'BatterySwap', 'ClosePeriodicEventStream', 'GetCertificateChainStatus', 'NotifyDERAlarm', 'NotifyDERStartStop',
  'NotifyPeriodicEventStream', 'NotifyPriorityCharging', 'NotifySettlement', 'OpenPeriodicEventStream', 'PullDynamicScheduleUpdate',
  'ReportDERControl', 'VatNumberValidation',
];

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const roles = ['all', 'failing', 'orders', 'secrets'];
const ids = {};
const chargers = {};
for (const protocol of protocols) {
  for (const role of roles) {
    const identity = `${role}-${protocol}`;
    ids[identity] = 100 + Object.keys(chargers).length;
    chargers[identity] = {};
  }
}

const { NOREPLY, createRPCError } = rpc;

let server;
before(async () => { server = await Server.start(yard(chargers), ['--upkeep', 'off', '--rate-limit', '100000']); });
after(async () => { await server?.stop(); });

async function booted(role, protocol) {
  const station = await Station.connect(server, `${role}-${protocol}`, protocol);
  station.id = ids[station.identity];
  await station.boot();
  return station;
}

// assertTold compares what the API tells of a payload with the payload: secrets
// show as ***, and nothing else differs.
function assertTold(told, payload, place) {
  if (told === '***') {
    assert.match(place, /(password|secret|pin|key)$/i, `${place} is hidden`);
  } else if (typeof payload === 'object' && payload !== null) {
    assert.deepEqual(Object.keys(told ?? {}).sort(), Object.keys(payload).sort(), place);
    for (const name of Object.keys(payload)) {
      assertTold(told[name], payload[name], `${place}.${name}`);
    }
  } else {
    assert.deepEqual(told, payload, place);
  }
}

describe('commands', { concurrency: true }, () => {
  for (const protocol of protocols) {
    test(`every action to a charger of ${protocol} is sent and its answer told`, async () => {
      const catalogue = (await server.fetch(`/api/ocpp/actions?protocol=${protocol}`)).map((action) => action.action).sort();
      assert.deepEqual(catalogue, actions(protocol).filter((action) => !ofChargers[protocol].includes(action)).sort());
      const station = await booted('all', protocol);
      for (const action of catalogue) {
        for (const full of [false, true]) {
          const place = `${action}, ${full ? 'full' : 'minimal'}`;
          const payload = request(protocol, action, full);
          const answer = response(protocol, action, full);
          station.answers[action] = answer;
          const command = await server.give(station.id, action, payload);
          assert.equal(command.status, 'answered', `${place}: ${JSON.stringify(command.error)}`);
          assert.deepEqual(station.called(action), payload, place);
          assertTold(command.response, answer, `response of ${place}`);
          assertTold(command.payload, payload, `payload of ${place}`);
          assert.deepEqual([command.chargerId, command.action, command.protocol, command.error], [station.id, action, protocol, null], place);
          assertRecent(command.answeredAt);
        }
      }
      await station.close();
    });

    test(`a command of ${protocol} without an answer says why`, async () => {
      const identity = `failing-${protocol}`;
      const id = ids[identity];
      const absent = await server.give(id, 'ClearCache', {});
      assert.deepEqual([absent.status, absent.sentAt, absent.response], ['notConnected', null, null]);

      const station = await booted('failing', protocol);
      const invalid = async (action, payload, error) => {
        const answer = await server.post(`/api/chargers/${id}/commands`, { action, payload });
        assert.equal(answer.status, 400, `${action} ${JSON.stringify(payload)}`);
        assert.match(answer.error, error);
      };
      await invalid('Reset', {}, /type/);
      await invalid('Reset', { type: 'Sideways' }, /^payload\.type: is none of /);
      await invalid('Reset', { type: 7 }, /type/);
      await invalid('Reset', { type: request(protocol, 'Reset').type, extra: 1 }, /extra/);
      await invalid('UnlockConnector', { connectorId: 'one', evseId: 1 }, /connectorId/);
      await invalid('Heartbeat', {}, /Heartbeat/);
      await invalid('FlyToTheMoon', {}, /FlyToTheMoon/);

      station.answers.ClearCache = () => { throw createRPCError('NotSupported', 'no cache here', { reason: 'none' }); };
      const refused = await server.give(id, 'ClearCache', {});
      assert.deepEqual([refused.status, refused.response, refused.error], ['refused', null, {
        code: 'NotSupported', description: 'no cache here', details: { reason: 'none' },
      }]);

      station.answers.ClearCache = () => NOREPLY;
      const timedOut = await server.give(id, 'ClearCache', {}, { timeoutSeconds: 1 });
      assert.deepEqual([timedOut.status, timedOut.response], ['timedOut', null]);

      // Nobody waits for this one; it is sent all the same, and once.
      station.answers.GetLocalListVersion = response(protocol, 'GetLocalListVersion');
      const ask = () => server.post(`/api/chargers/${id}/commands?wait=false`, { action: 'GetLocalListVersion', payload: {} }, { 'Idempotency-Key': `once-${protocol}` });
      const queued = await ask();
      assert.equal(queued.status, 202);
      assert.equal((await ask()).data.id, queued.data.id);
      const last = await server.give(id, 'DataTransfer', { vendorId: 'com.example' });
      assert.equal(last.status, 'answered', JSON.stringify(last.error));
      const done = await server.fetch(`/api/commands/${queued.data.id}`);
      assert.deepEqual([done.status, done.response], ['answered', response(protocol, 'GetLocalListVersion')]);
      assert.equal(station.calls.filter((call) => call.action === 'GetLocalListVersion').length, 1);

      station.answers.ClearCache = () => { station.client.close({ force: true }); return NOREPLY; };
      const lost = await server.give(id, 'ClearCache', {});
      assert.deepEqual([lost.status, lost.response], ['connectionLost', null]);
      station.assertClean();

      const listed = await server.fetch(`/api/chargers/${id}/commands`);
      assert.deepEqual(listed.map((command) => [command.action, command.status]), [
        ['ClearCache', 'connectionLost'], ['DataTransfer', 'answered'], ['GetLocalListVersion', 'answered'], ['ClearCache', 'timedOut'],
        ['ClearCache', 'refused'], ['ClearCache', 'notConnected'],
      ]);
    });

    test(`the everyday orders in plain words, of ${protocol}`, async () => {
      const station = await booted('orders', protocol);
      const order = async (name, body = {}) => {
        const { status, data, error } = await server.post(`/api/chargers/${station.id}/${name}`, body);
        assert.equal(status, 200, `${name}: ${error}`);
        assert.deepEqual([data.order, data.status], [name, 'answered'], `${name}: ${JSON.stringify(data)}`);
        return data;
      };
      await station.status(1, 'Available');
      await station.status(2, 'Available');

      // A start and a stop are confirmed by the session.
      const start = await order('start', { port: 1, tag: 'A0B1C2D3' });
      assert.equal(start.outcome, 'accepted');
      const { remoteStartId } = station.called(start.action);
      const transaction = await station.begin(1, 'A0B1C2D3', { remoteStartId });
      const running = async () => (await server.charger(station.identity)).ports[0].currentChargingSession;
      const session = await running();
      const confirmed = async (command) => eventually(async () => {
        const { sessionId, confirmedAt } = await server.fetch(`/api/commands/${command.id}`);
        assert.equal(sessionId, session.id);
        assertRecent(confirmedAt);
      });
      await confirmed(start);
      await order('charging-profile', { session: session.id, profile: { unit: 'A', periods: [{ limit: 16 }, { after: 600, limit: 6.5, phases: 1 }] } });
      const stop = await order('stop', { session: session.id });
      assert.deepEqual([stop.outcome, station.called(stop.action)], ['accepted', { transactionId: transaction }]);
      await station.end(1, transaction, { remote: true });
      assert.equal(await running(), null);
      await confirmed(stop);

      const accepted = async (name, body) => assert.equal((await order(name, body)).outcome, 'accepted', name);
      assert.equal((await order('unlock', { port: 2 })).outcome, 'unlocked');
      await accepted('availability', { operative: false });
      await accepted('availability', { port: 2, operative: true });
      for (const message of ['boot', 'heartbeat', 'firmware', 'log', 'certificate']) {
        await accepted('trigger', { message });
      }
      await accepted('trigger', { message: 'status', port: 1 });
      await accepted('trigger', { message: 'meters', port: 1 });
      await accepted('clear-cache');
      await accepted('reserve', { id: 9, port: 2, tag: 'A0B1C2D3', expires: iso(3600) });
      await accepted('cancel-reservation', { id: 9 });
      await accepted('charging-profile', { port: 0, profile: { purpose: 'charger', unit: 'W', periods: [{ limit: 50000 }] } });
      await accepted('charging-profile', { port: 1, profile: { purpose: 'default', kind: 'recurring', recurrence: 'daily', start: iso(), duration: 3600, unit: 'A', periods: [{ limit: 10 }] } });
      await accepted('clear-charging-profile', { purpose: 'default', port: 1 });
      await accepted('composite-schedule', { port: 1, duration: 3600, unit: 'A' });
      await accepted('local-list', { entries: [{ tag: 'A0B1C2D3', groupTag: 'DEPOT' }, { tag: 'LOST0001', status: 'Blocked' }] });
      await accepted('local-list', { update: 'differential', entries: [{ tag: 'LOST0001', remove: true }] });
      await order('local-list-version');
      await accepted('install-certificate', { type: 'csms', certificate: pem });
      await accepted('certificates', { types: ['csms'] });
      await accepted('delete-certificate', { hashAlgorithm: 'SHA256', issuerNameHash: '2dc1', issuerKeyHash: '77ae', serialNumber: '0a' });
      await accepted('data-transfer', { vendorId: 'com.example', messageId: 'blink', data: '3' });

      const set = { SetVariables: { setVariableResult: [{ attributeStatus: 'Accepted', component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }] } };
      Object.assign(station.answers, set);
      await accepted('configuration', { key: 'HeartbeatInterval', value: '120' });
      station.answers.GetConfiguration = { configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '120' }] };
      station.answers.GetVariables = { getVariableResult: [{
        attributeStatus: 'Accepted', attributeValue: '120', component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' },
      }] };
      await order('get-configuration', { keys: ['HeartbeatInterval'] });

      // What a charger reports shows as its variables.
      const report = await order('report', { kind: 'full' });
      if (!station.old) {
        await station.call('NotifyReport', {
          requestId: station.called(report.action).requestId, generatedAt: iso(), seqNo: 0, tbc: false, reportData: [{
            component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' },
            variableAttribute: [{ type: 'Actual', value: '120', mutability: 'ReadWrite' }],
            variableCharacteristics: { dataType: 'integer', unit: 's', supportsMonitoring: false },
          }],
        });
      }
      const variables = await server.fetch(`/api/chargers/${station.id}/variables?name=HeartbeatInterval`);
      assert.deepEqual(variables.map(({ name, value, mutability }) => [name, value, mutability]), [['HeartbeatInterval', '120', 'ReadWrite']]);

      // A log goes to this server's own upload target.
      const log = await order('log', { kind: 'diagnostics' });
      const asked = station.called(log.action);
      const location = asked.location ?? asked.log.remoteLocation;
      const put = await fetch(`${location.replace(/\/$/, '')}/log.txt`, { method: 'PUT', body: 'a line of the log\n' });
      assert.ok(put.ok, `${location}: ${put.status}`);
      const [upload] = await server.fetch(`/api/chargers/${station.id}/uploads`);
      assert.deepEqual([upload.commandId, upload.size], [log.id, 18]);
      const file = await server.get(`/api/uploads/${upload.id}/file`);
      assert.equal(await file.text(), 'a line of the log\n');

      // Firmware that this server hosts.
      const name = `fw-${protocol}.bin`;
      const hosted = await fetch(`${server.http}/api/firmware?name=${name}`, { method: 'POST', body: 'firmware', headers: { Authorization: `Bearer ${server.key}` } });
      assert.ok(hosted.ok, `firmware: ${hosted.status}`);
      const firmware = await order('firmware', { file: (await hosted.json()).data.id });
      const update = station.called(firmware.action);
      assert.equal(await (await fetch(update.location ?? update.firmware.location)).text(), 'firmware');

      await accepted('reset', { mode: 'soft' });
      await accepted('reset', { mode: 'hard' });
      await station.close();
    });

    test(`raw messages of ${protocol} tell both directions and no secret`, async () => {
      const station = await booted('secrets', protocol);
      const secret = 'Correct-Horse-0123456789';
      const location = `ftp://service:${secret}@files.example.org/in`;
      const give = (action, payload) => server.give(station.id, action, payload);
      if (station.old) {
        station.answers.GetConfiguration = { configurationKey: [{ key: 'AuthorizationKey', readonly: false, value: secret }, { key: 'HeartbeatInterval', readonly: false, value: '300' }] };
        await give('GetConfiguration', {});
        await give('GetDiagnostics', { location });
        station.answers.ChangeConfiguration = { status: 'Rejected' };
        await give('ChangeConfiguration', { key: 'AuthorizationKey', value: secret });
      } else {
        const password = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
        station.answers.GetVariables = { getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: secret, ...password }] };
        await give('GetVariables', { getVariableData: [password] });
        await give('GetLog', { logType: 'DiagnosticsLog', requestId: 4, log: { remoteLocation: location } });
        station.answers.SetVariables = { setVariableResult: [{ attributeStatus: 'Rejected', ...password }] };
        await give('SetVariables', { setVariableData: [{ attributeValue: secret, ...password }] });
      }
      await give('UnlockConnector', station.old ? { connectorId: 1 } : { evseId: 1, connectorId: 1 });
      await station.call('Heartbeat');

      const rows = await eventually(async () => {
        const found = await server.fetch(`/api/ocpp-messages?chargerId=${station.id}`);
        assert.equal(found.length, 6);
        return found;
      });
      assert.deepEqual(rows.map((row) => [row.messageType, row.sentBy]), [
        ['Heartbeat', 'charger'], ['UnlockConnector', 'server'],
        ...(station.old
          ? [['ChangeConfiguration', 'server'], ['GetDiagnostics', 'server'], ['GetConfiguration', 'server']]
          : [['SetVariables', 'server'], ['GetLog', 'server'], ['GetVariables', 'server']]),
        ['BootNotification', 'charger'],
      ]);
      for (const row of rows) {
        assert.deepEqual([row.ocppChargerIdentity, row.chargerId, row.protocol], [station.identity, station.id, protocol]);
        assertRecent(row.createdAt);
        assertRecent(row.answeredAt);
      }
      assert.deepEqual(rows[1].messagePayload, station.called('UnlockConnector'));
      assert.deepEqual(rows[1].messageResponse, response(protocol, 'UnlockConnector'));
      assert.equal(rows[5].messageResponse.status, 'Accepted');
      const whole = JSON.stringify([rows, await server.fetch(`/api/chargers/${station.id}/commands`), await server.fetch(`/api/chargers/${station.id}/variables`)]);
      assert.ok(!whole.includes(secret), 'no secret is told');
      assert.match(whole, /\*\*\*/);
      await station.close();
    });
  }
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
