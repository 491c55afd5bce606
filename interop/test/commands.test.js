// Every call that a server may make, in every version: given over the API,
// answered by a charger made of ocpp-rpc in strict mode, and told back by the
// API as it was answered. And whatever can become of a call besides.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import rpc from 'ocpp-rpc';
import { yard } from '../lib/estate.js';
import { actions, protocols, request, response } from '../lib/legal.js';
import { Server } from '../lib/server.js';
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

// withoutSecrets compares what the API tells of a payload with the payload:
// passwords show as ***, and nothing else differs.
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

describe('every action to a charger is sent and its answer told', { concurrency: true }, () => {
  for (const protocol of protocols) {
    test(`of ${protocol}`, async () => {
      const catalogue = (await server.fetch(`/api/ocpp/actions?protocol=${protocol}`)).map((action) => action.action ?? action.name).sort();
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
  }
});

describe('what else can become of a command', { concurrency: true }, () => {
  for (const protocol of protocols) {
    test(`of ${protocol}`, async () => {
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
  }
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
