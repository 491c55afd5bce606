// What operators script against: health, metrics, lists as JSON, exit codes,
// an export that changes nothing, a backup of the running server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { estate } from '../lib/estate.js';
import { Server, eventually, repository } from '../lib/server.js';
import { Station } from '../lib/station.js';

let server;
before(async () => { server = await Server.start(estate, [], { tls: true }); });
after(async () => { await server?.stop(); });

// exitCode runs a command on the server's data and returns how it ended.
const exitCode = (...args) => new Promise((resolve) => {
  execFile(server.program, [...args, '--data', server.data], (err) => resolve(err ? err.code : 0));
});

test('health and readiness need no key', async () => {
  for (const path of ['/healthz', '/readyz']) {
    assert.equal((await fetch(server.http + path)).status, 200, path);
  }
});

test('every metric is in the reference, and every one in the reference exists', async () => {
  // Some appear with their first use: a request, a refused handshake, something
  // odd, a charger that is set up, a command.
  await fetch(`${server.http}/api/sites`);
  await fetch(`${server.http}/ocpp/nobody`);
  const charger = new WebSocket(`${server.ws}/raw`, ['ocpp1.6']);
  await new Promise((resolve, reject) => {
    charger.on('open', () => charger.send('[2,"1","heartbeat",null]'));
    charger.on('message', resolve);
    charger.on('error', reject);
  });
  charger.close();
  const station = await Station.connect(server, 'second', 'ocpp1.6');
  await station.boot();
  assert.equal((await server.give(44, 'ClearCache', {})).status, 'answered');
  const page = readFileSync(join(repository, 'docs', 'reference', 'metrics.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(chargeyard_\w+)`/gm)].map((m) => m[1]);
  await eventually(async () => {
    const text = await (await fetch(`${server.http}/metrics`)).text();
    const there = [...text.matchAll(/^# TYPE (chargeyard_\w+)/gm)].map((m) => m[1]);
    assert.deepEqual(there.filter((name) => !listed.includes(name)), [], 'missing from the reference');
    assert.deepEqual(listed.filter((name) => !there.includes(name)), [], 'in the reference only');
  }, 20);
  await station.close();
  for (const identity of ['raw', 'second']) {
    await eventually(async () => assert.equal((await server.charger(identity)).connectionStatus.status, 'Disconnected'));
  }
});

test('what is imported comes out again, and an export changes nothing', async () => {
  const before = await server.sites();
  assert.deepEqual(before.map((site) => [site.id, site.name, site.organization]), estate.data.map((site) => [site.id, site.name, site.organization]));
  const file = join(server.folder, 'export.json');
  writeFileSync(file, await server.command('export', '--secrets'));
  const plan = JSON.parse(await server.command('import', '--dry-run', '--json', file));
  assert.deepEqual(plan.changes ?? [], []);
  await server.command('import', file);
  // The document of the API itself is an import file, too.
  writeFileSync(file, JSON.stringify({ data: before }));
  await server.command('import', file);
  assert.deepEqual(await server.sites(), before);
});

test('a bad row names its place, and nothing is written', async () => {
  const before = await server.sites();
  const file = join(server.folder, 'bad.json');
  const bad = structuredClone(estate);
  bad.data[0].name = 'Renamed';
  bad.data[1].chargers[0].ports[0].portNumber = 'one';
  writeFileSync(file, JSON.stringify(bad));
  await assert.rejects(server.command('import', file), (err) => {
    assert.match(err.stderr, /data\[1\]\.chargers\[0\]\.ports\[0\]\.portNumber/);
    assert.equal(err.code, 1);
    return true;
  });
  assert.deepEqual(await server.sites(), before);
});

test('commands end with the promised codes', async () => {
  assert.equal(await exitCode('charger', 'list', '--json'), 0);
  assert.equal(await exitCode('key', 'create'), 2);
  assert.equal(await exitCode('import', join(server.folder, 'no-such-file')), 3);
  assert.equal(await exitCode('charger', 'list', '--no-such-flag'), 2);
  assert.equal(await exitCode('charger', 'password', 'no-such-charger'), 3);
});

test('a limited key sees its part', async () => {
  const create = async (...flags) => (await server.command('key', 'create', '--name', 'part', ...flags)).trim();
  const seen = async (key) => {
    const { data } = await (await fetch(`${server.http}/api/sites`, { headers: { Authorization: `Bearer ${key}` } })).json();
    return data.map((site) => [site.id, site.chargers.map((c) => c.id)]);
  };
  assert.deepEqual(await seen(await create('--site', '13')), [[13, [45, 46, 47]]]);
  assert.deepEqual(await seen(await create('--charger', '42')), [[12, [42]]]);
  assert.deepEqual(await seen(await create('--site', '13', '--charger', '41')), [[12, [41]], [13, [45, 46, 47]]]);
});

test('a backup of the running server is one file, and restores', async () => {
  const file = join(server.folder, 'backup.db');
  await server.command('backup', file);
  assert.ok(existsSync(file));
  const before = await server.sites();
  await server.command('charger', 'add', '--site', '12', '--name', 'After the backup', 'after-the-backup');
  assert.equal((await server.sites()).flatMap((site) => site.chargers).length, 8);
  assert.equal(await server.down(), 0);
  await server.command('restore', '--force', file);
  await server.up();
  assert.deepEqual(await server.sites(), before);
});
