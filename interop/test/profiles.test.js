// The security profiles over the built-in TLS listener and authority: nothing,
// a password, TLS and a password, TLS and a client certificate that the charger
// asked for over OCPP. Each of them with each version, and with each library.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { password, yard } from '../lib/estate.js';
import { protocols, response } from '../lib/legal.js';
import { Plain, libraries } from '../lib/plain.js';
import { certificateRequest } from '../lib/request.js';
import { Server, eventually } from '../lib/server.js';
import { Station } from '../lib/station.js';
import { assertRecent } from '../lib/times.js';
import { assertCleanRecord } from '../lib/witness.js';

const ids = {};
const chargers = {};
for (const user of [...protocols, ...libraries.map(({ name }) => name.split('/').at(-1))]) {
  for (const [role, rest] of [['open', {}], ['guarded', { password }]]) {
    ids[`${role}-${user}`] = 100 + Object.keys(chargers).length;
    chargers[`${role}-${user}`] = rest;
  }
}

let server;
before(async () => {
  server = await Server.start(yard(chargers), ['--upkeep', 'off', '--rate-limit', '100000', '--log-level', 'warn'], { tls: true });
});
after(async () => { await server?.stop(); });

// secret is the password as a version writes it: OCPP 1.6 as bytes, of which
// the setting is the hexadecimal text.
const secret = (protocol) => (protocol === 'ocpp1.6' ? Buffer.from(password, 'hex') : password);

// work is what a charger must be able to do on each connection.
async function work(station) {
  const id = ids[station.identity];
  await station.boot();
  assertRecent((await station.call('Heartbeat')).currentTime);
  const command = await server.give(id, 'UnlockConnector', station.old ? { connectorId: 1 } : { evseId: 1, connectorId: 1 });
  assert.deepEqual([command.status, command.response], ['answered', response(station.protocol, 'UnlockConnector')], JSON.stringify(command.error));
}

// signed has the charger ask for a client certificate, and returns it with its key.
async function signed(station) {
  const { csr, key } = certificateRequest('Northline', station.identity);
  const chain = new Promise((resolve) => {
    station.answers.CertificateSigned = ({ certificateChain }) => { resolve(certificateChain); return { status: 'Accepted' }; };
  });
  assert.equal((await station.call('SignCertificate', { csr })).status, 'Accepted');
  return { key, cert: await chain };
}

async function refused(identity, protocol, options, status) {
  await assert.rejects(Station.connect(server, identity, protocol, options), (err) => {
    assert.equal(err.code, status, `${identity}: ${err.message}`);
    return true;
  });
}

describe('security profiles', { concurrency: true }, () => {
  for (const protocol of protocols) {
    test(`ocpp-rpc over profile 0 with ${protocol}`, async () => {
      const station = await Station.connect(server, `open-${protocol}`, protocol);
      await work(station);
      await station.close();
    });

    test(`ocpp-rpc over profiles 1, 2 and 3 with ${protocol}, and never back`, async () => {
      const identity = `guarded-${protocol}`;
      const basic = { password: secret(protocol) };
      const secure = { endpoint: server.wss, wsOpts: { ca: server.roots } };
      await refused(identity, protocol, {}, 401);
      await refused(identity, protocol, { password: 'wrong' }, 401);

      let station = await Station.connect(server, identity, protocol, basic);
      await work(station);
      await station.close();

      await refused(identity, protocol, secure, 401);
      station = await Station.connect(server, identity, protocol, { ...secure, ...basic });
      await work(station);
      const certificate = await signed(station);
      await station.close();
      await refused(identity, protocol, basic, 403);

      const mutual = { ...secure, wsOpts: { ca: server.roots, ...certificate } };
      station = await Station.connect(server, identity, protocol, mutual);
      await work(station);
      await station.close();
      await refused(identity, protocol, { ...secure, ...basic }, 403);
      await refused(identity, protocol, basic, 403);
      // The certificate is this charger's alone.
      await refused(`open-${protocol}`, protocol, mutual, 403);
    });
  }

  test('a server certificate is good for its names only, of both kinds, under TLS 1.2 and 1.3', async () => {
    const suites = [
      ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'], ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384'], ['TLSv1.2', 'AES128-GCM-SHA256'],
      ['TLSv1.2', 'AES256-GCM-SHA384'], ['TLSv1.3', undefined],
    ];
    const answer = (options) => new Promise((resolve, reject) => {
      const { port } = new URL(server.wss);
      const call = https.get({ host: '127.0.0.1', port, path: '/healthz', agent: false, ca: server.roots, ...options }, (got) => {
        got.resume();
        resolve([got.statusCode, got.socket.getProtocol()]);
      });
      call.on('error', reject);
    });
    for (const [version, ciphers] of suites) {
      assert.deepEqual(await answer({ minVersion: version, maxVersion: version, ciphers }), [200, version], ciphers);
    }
    await assert.rejects(answer({ servername: 'elsewhere.example.org' }), /altnames|ERR_TLS_CERT/);
    await assert.rejects(answer({ ca: [] }), /self-signed|unable to/);
    await assert.rejects(answer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
  });

  for (const library of libraries) {
    const { name, protocol } = library;
    test(`${name} over profiles 0 to 3 with ${protocol}`, async () => {
      const user = name.split('/').at(-1);
      const over = async (identity, options) => {
        const plain = await Plain.connect(server, library, identity, options);
        plain.answer('UnlockConnector', response(protocol, 'UnlockConnector'));
        await work(plain);
        plain.close();
        await eventually(async () => assert.equal((await server.charger(identity)).connectionStatus.status, 'Disconnected'));
      };
      const basic = { password: secret(protocol) };
      const secure = { endpoint: server.wss, wsOpts: { ca: server.roots } };
      const identity = `guarded-${user}`;
      await over(`open-${user}`, {});
      await over(identity, basic);
      await over(identity, { ...secure, ...basic });
      const station = await Station.connect(server, identity, protocol, { ...secure, ...basic });
      const certificate = await signed(station);
      await station.close();
      await over(identity, { ...secure, wsOpts: { ca: server.roots, ...certificate } });
      await assert.rejects(Plain.connect(server, library, identity, { ...secure, ...basic }), /403/);
    });
  }
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
