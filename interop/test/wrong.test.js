// What is wrong on purpose: handshakes, frames and messages that no OCPP
// library would send. Everything gets the stated answer, and the connection or
// at least the server lives on.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect as dial } from 'node:net';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { assertCleanRecord } from '../lib/witness.js';
import { estate } from '../lib/estate.js';
import { Server, eventually } from '../lib/server.js';
import { assertRecent, iso } from '../lib/times.js';

let server;
before(async () => { server = await Server.start(estate); });
after(async () => { await server?.stop(); });

const upgrade = {
  Connection: 'keep-alive, Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Protocol': 'ocpp1.6',
};

// handshake sends a request with exactly these headers and this path, and
// returns what came of it.
function handshake(path, headers, method = 'GET') {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, method, headers, agent: false });
    call.on('error', reject);
    call.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, headers: answer.headers, body: '' });
    });
    call.on('response', (answer) => {
      let body = '';
      answer.on('data', (chunk) => { body += chunk; });
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body }));
    });
    call.end();
  });
}

const without = (name) => Object.fromEntries(Object.entries(upgrade).filter(([key]) => key !== name));

test('every tolerated form of address and subprotocol is let in', async () => {
  const form = async (path, headers, protocol) => {
    const answer = await handshake(path, headers);
    assert.equal(answer.status, 101, `${path}: ${answer.body}`);
    assert.equal(answer.headers['sec-websocket-protocol'], protocol, path);
    assert.equal(answer.headers['sec-websocket-accept'], 'ICX+Yqv66kxgM0FcWaLWlFLwTAI=');
    assert.equal(answer.headers['sec-websocket-extensions'], undefined, 'no compression on OCPP 1.6');
  };
  await form('/ocpp/raw', upgrade, 'ocpp1.6');
  await form('//ocpp//raw/', upgrade, 'ocpp1.6');
  await form('/ocpp/raw/raw', upgrade, 'ocpp1.6');
  await form('/ocpp1.6/raw', upgrade, 'ocpp1.6');
  await form('/ocpp/%72aw?x=1', upgrade, 'ocpp1.6');
  await form('/ocpp/RAW', upgrade, 'ocpp1.6');
  await form('/ocpp/raw', { ...upgrade, 'Sec-WebSocket-Protocol': 'ocpp0.1, OCPP1.6' }, 'ocpp1.6');
  await form('/ocpp/raw', { ...upgrade, 'Sec-WebSocket-Protocol': ',ocpp1.6' }, 'ocpp1.6');
  await form('/ocpp/raw', { ...upgrade, Origin: 'file://', 'Sec-WebSocket-Extensions': 'permessage-deflate' }, 'ocpp1.6');
  await form('/ocpp/old%20fashioned', without('Sec-WebSocket-Protocol'), undefined);
});

test('a refused handshake has its status, says why and what to do, and is kept', async () => {
  const refused = async (path, headers, status, body, method) => {
    const answer = await handshake(path, headers, method);
    assert.deepEqual([answer.status, answer.body], [status, body], path);
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    return answer;
  };
  await refused('/ocpp/nobody', upgrade, 404,
    'no charger has the identity "nobody"\nAdd it with "chargeyard charger adopt", or correct the identity in the charger.\n');
  await refused('/ocpp/', upgrade, 404,
    'the address holds no identity\nSet the charger\'s server URL so that it ends in /ocpp/ and the charger\'s identity.\n');
  await refused('/ocppraw', upgrade, 404,
    'the address "/ocppraw" lacks a slash before the identity\nSet the charger\'s server URL so that it ends in /ocpp/ with the slash.\n');
  await refused('/ocpp/raw', without('Sec-WebSocket-Protocol'), 400,
    'the charger offers no WebSocket subprotocol\nSet the charger to OCPP 1.6J, or let this server assume OCPP 1.6 for it (assumeOcpp16). ' +
    'If a proxy stands in front, let it pass on the header Sec-WebSocket-Protocol.\n');
  await refused('/ocpp/raw', { ...upgrade, 'Sec-WebSocket-Protocol': 'ocpp0.1' }, 400,
    'the charger offers "ocpp0.1", and this server speaks ocpp1.6, ocpp2.0.1, ocpp2.1\n' +
    'Set the charger to one of these versions of OCPP: ocpp1.6, ocpp2.0.1, ocpp2.1.\n');
  const plain = await refused('/ocpp/raw', { Connection: 'close' }, 426,
    'the request does not ask for a WebSocket\nPoint a charger at this address. If a proxy stands in front, let it pass on the headers Upgrade and Connection.\n');
  assert.equal(plain.headers.upgrade, 'websocket');
  await refused('/ocpp/raw', { ...upgrade, 'Sec-WebSocket-Version': '8' }, 426,
    'the WebSocket version is not 13\nUpdate the charger\'s firmware; version 13 has been the only one since 2011.\n');
  await refused('/ocpp/raw', { Connection: 'close' }, 405,
    'a WebSocket is opened with GET, not POST\nPoint a charger at this address, not another program.\n', 'POST');
  const guarded = await refused('/ocpp/guarded', upgrade, 401,
    'the charger sent no password\nSet the password in the charger (AuthorizationKey), or remove it here with "chargeyard charger password".\n');
  assert.match(guarded.headers['www-authenticate'], /^Basic realm="/);
  const basic = (text) => ({ ...upgrade, Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  await refused('/ocpp/guarded', basic('other:x'), 401,
    'the charger\'s user name is not its identity\nSet the user name in the charger to its identity, "guarded".\n');
  await refused('/ocpp/guarded', basic('guarded:secret-guess'), 401,
    'the charger\'s password is wrong\nSet the same password in the charger (AuthorizationKey) and here, with "chargeyard charger password".\n');

  await eventually(async () => {
    const text = await server.command('charger', 'refused', '--json');
    const list = JSON.parse(text);
    const nobody = (list.data ?? list).find((row) => row.identity === 'nobody');
    assert.ok(nobody, 'the unknown charger is listed');
    assert.equal(nobody.reason, 'no charger has the identity "nobody"');
    assert.match(nobody.fix, /charger adopt/);
    assert.ok(!text.includes('secret-guess') && !text.includes(Buffer.from('guarded:secret-guess').toString('base64')), 'no password is kept');
  });
});

// A Raw charger says each frame itself.
class Raw {
  #answers = [];
  #waiting = [];

  static open(identity = 'raw') {
    const raw = new Raw();
    raw.socket = new WebSocket(`${server.ws}/${identity}`, ['ocpp1.6'], { perMessageDeflate: false });
    raw.closed = new Promise((resolve) => raw.socket.on('close', resolve));
    raw.socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      const next = raw.#waiting.shift();
      if (next) next(frame); else raw.#answers.push(frame);
    });
    return new Promise((resolve, reject) => {
      raw.socket.on('error', reject);
      raw.socket.on('open', () => resolve(raw));
    });
  }

  next() {
    if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer within 5 s')), 5000);
      this.#waiting.push((frame) => { clearTimeout(timer); resolve(frame); });
    });
  }

  ask(text, options = {}) {
    this.socket.send(text, options);
    return this.next();
  }

  // alive fails unless the connection still answers, and nothing else came.
  async alive() {
    const [type, id, { currentTime }] = await this.ask('[2,"alive","Heartbeat",{}]');
    assert.deepEqual([type, id], [3, 'alive']);
    assertRecent(currentTime);
  }
}

test('malformed messages get their error, and the connection lives', async () => {
  const raw = await Raw.open();
  const error = async (text, id, code, options) => {
    const frame = await raw.ask(text, options);
    assert.deepEqual(frame.slice(0, 3), [4, id, code], text.slice(0, 80));
    await raw.alive();
  };
  await error('[2,"m1","Heartbeat",{', 'm1', 'FormationViolation');
  await error('[2,"m2","Heartbeat"', 'm2', 'FormationViolation');
  await error('[2,"m3","FlyToTheMoon",{}]', 'm3', 'NotImplemented');
  await error('[2,"m4","StatusNotification",{"errorCode":"NoError","status":"Available"}]', 'm4', 'OccurenceConstraintViolation');
  await error('[2,"m5","StatusNotification",{"connectorId":[],"errorCode":"NoError","status":"Available"}]', 'm5', 'TypeConstraintViolation');
  await error('[2,"m6","Authorize",{}]', 'm6', 'OccurenceConstraintViolation');
  await error('[2,"m7","Reset",{"type":"Hard"}]', 'm7', 'NotSupported');
  // Nothing can be answered to what has no id, or to an answer nobody asked for.
  for (const text of ['hello', '{}', '[]', '[3,"nobody-asked",{}]', '[4,"nobody-asked","GenericError","",{}]', '[9,"m8",{}]']) {
    raw.socket.send(text);
    await raw.alive();
  }
  raw.socket.close();
});

test('odd messages are understood', async () => {
  const raw = await Raw.open();
  const answered = async (text, id, options) => {
    const frame = await raw.ask(text, options);
    assert.deepEqual(frame.slice(0, 2), [3, id], JSON.stringify(frame));
    return frame[2];
  };
  await answered('[2,"o1","Heartbeat",null]', 'o1');
  await answered('[2,"o2","Heartbeat"]', 'o2');
  await answered('["2","o3","heartbeat",{},"extra"]', 'o3');
  await answered('\uFEFF[2,"o4","Heartbeat",{}]', 'o4');
  await answered('[2,17,"Heartbeat",{}]', 17);
  await answered('[2,"o5","StatusNotification",{"connectorId":"1","errorCode":"NoError","status":"Available","timestamp":"2026-03-01 12:00:00","extra":true}]', 'o5');
  await answered(Buffer.from('[2,"o6","Heartbeat",{}]'), 'o6', { binary: true });
  // Text that is no UTF-8 is mended, and the socket stays.
  await answered(Buffer.concat([Buffer.from('[2,"o7","DataTransfer",{"vendorId":"caf'), Buffer.from([0xe9]), Buffer.from('"}]')]), 'o7', { binary: false });
  // A transaction message that can be parsed gets a result, whatever it says.
  const start = await answered('[2,"o8","StartTransaction",{"connectorId":1,"idTag":"","meterStart":"12.0","timestamp":"soon"}]', 'o8');
  assert.ok(start.transactionId > 0);
  await answered('[2,"o9","StopTransaction",{"transactionId":-1,"meterStop":20,"timestamp":"1970-01-01T00:00:00Z"}]', 'o9');
  await answered(`[2,"o10","MeterValues",{"connectorId":1,"transactionId":9223372036854775807,"meterValue":[{"timestamp":"${iso()}","sampledValue":[{"value":"NaN"}]}]}]`, 'o10');
  raw.socket.send('[2,"o11","Heart', { fin: false });
  raw.socket.send('beat",{}]', { fin: true });
  assert.deepEqual((await raw.next()).slice(0, 2), [3, 'o11']);
  raw.socket.close();
});

test('calls are answered one after another, in order', async () => {
  const raw = await Raw.open();
  const ids = Array.from({ length: 200 }, (_, i) => `q${i}`);
  for (const id of ids) raw.socket.send(`[2,"${id}","Heartbeat",{}]`);
  const answers = [];
  for (const _ of ids) answers.push((await raw.next())[1]);
  assert.deepEqual(answers, ids);
  raw.socket.close();
});

test('a message of 10 MB ends its connection with 1009 and nothing else', async () => {
  const other = await Raw.open('plain');
  const raw = await Raw.open();
  raw.socket.on('error', () => {}); // the server stops reading, so the rest cannot be sent
  raw.socket.send(`[2,"big","DataTransfer",{"vendorId":"v","data":"${'x'.repeat(10 << 20)}"}]`);
  assert.equal(await raw.closed, 1009);
  await other.alive();
  other.socket.close();
  const again = await Raw.open();
  await again.alive();
  again.socket.close();
});

test('bytes that are no HTTP do not disturb the server', async () => {
  for (const bytes of [Buffer.from('\x16\x03\x01\x02\x00\x01\x00'), Buffer.from('GET /ocpp/raw\r\n\r\n'), Buffer.alloc(64)]) {
    await new Promise((resolve) => {
      const socket = dial(server.port, '127.0.0.1', () => socket.end(bytes));
      socket.on('error', () => {});
      socket.on('close', resolve);
      socket.resume();
    });
  }
  assert.equal((await fetch(`${server.http}/healthz`)).status, 200);
});

test('the API refuses a key that is missing or wrong, and what it does not know', async () => {
  const answer = async (path, headers, status, error) => {
    const got = await fetch(server.http + path, { headers });
    assert.deepEqual([got.status, await got.json()], [status, { error }]);
    return got;
  };
  const missing = await answer('/api/sites', {}, 401, 'Invalid Authorization header');
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer');
  await answer('/api/sites', { Authorization: 'Bearer nonsense' }, 401, 'Invalid API key');
  await answer('/api/nothing', { Authorization: `Bearer ${server.key}` }, 404, 'Not found');
});

test('every message of the server was as the official schemas want it', () => assertCleanRecord());
