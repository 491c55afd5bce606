// A chargeyard server of its own for a test file: the real binary, a temporary
// data folder, a free port on loopback.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const run = promisify(execFile);

// binary returns the program under test: CHARGEYARD_BINARY, else a fresh build.
function binary(folder) {
  if (process.env.CHARGEYARD_BINARY) {
    return process.env.CHARGEYARD_BINARY;
  }
  const path = join(folder, 'chargeyard');
  execFileSync('go', ['build', '-o', path, './cmd/chargeyard'], { cwd: repository, stdio: 'inherit' });
  return path;
}

// freePort draws one below those that systems hand out by themselves: another
// program could get such a one before the server starts.
async function freePort() {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(10_000, 32_000);
    const probe = createServer();
    const free = await new Promise((resolve) => probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (free) {
      await new Promise((resolve) => probe.close(resolve));
      return port;
    }
  }
  throw new Error('no free port among 50 tried between 10000 and 31999');
}

export class Server {
  #process;
  #log = '';

  constructor(folder, program, port, flags) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.program = program;
    this.port = port;
    this.flags = flags;
    this.http = `http://127.0.0.1:${port}`;
    this.ws = `ws://127.0.0.1:${port}/ocpp`;
  }

  // start runs a server with the estate imported and a key for all of it, as an
  // operator does it: import, key create, serve. With tls it makes the built-in
  // authority first and listens for wss, too.
  static async start(estate, flags = [], { tls = false } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'chargeyard-interop-'));
    const server = new Server(folder, binary(folder), await freePort(), flags);
    if (tls) {
      await server.command('ca', 'init', '--org', 'Northline', 'localhost', '127.0.0.1');
      server.roots = await server.command('ca', 'export');
      const port = await freePort();
      server.flags = [...flags, '--tls-listen', `127.0.0.1:${port}`];
      server.wss = `wss://127.0.0.1:${port}/ocpp`;
    }
    await server.up();
    const file = join(folder, 'estate.json');
    writeFileSync(file, JSON.stringify(estate));
    await server.command('import', file);
    server.key = (await server.command('key', 'create', '--name', 'interop', '--permissions', 'read,control,manage')).trim();
    assert.match(server.key, /^\S+$/, 'key create prints the key alone');
    return server;
  }

  // up starts the process and waits until it is ready.
  async up() {
    this.#process = spawn(this.program, ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--shutdown-timeout', '2s', ...this.flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // "make test" searches the logs of all servers for secrets.
    const logs = process.env.CHARGEYARD_TEST_LOGS;
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => {
        if (logs) {
          appendFileSync(join(logs, `interop-${this.port}`), chunk);
        }
        this.#log = (this.#log + chunk).slice(-20000);
      });
    }
    for (let tries = 0; tries < 300; tries++) {
      if (this.#process.exitCode !== null) {
        break;
      }
      const answer = await fetch(`${this.http}/readyz`).catch(() => null);
      if (answer?.ok) {
        return;
      }
      await sleep(100);
    }
    throw new Error(`the server did not become ready:\n${this.#log}`);
  }

  // down ends the process with the signal and waits until it is gone.
  async down(signal = 'SIGTERM') {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill(signal);
      await gone;
    }
    return this.#process.exitCode;
  }

  // stop ends the server and removes its folder.
  async stop() {
    const code = await this.down();
    rmSync(this.folder, { recursive: true, force: true });
    assert.equal(code, 0, `serve ends with 0 on SIGTERM:\n${this.#log}`);
  }

  // command runs a chargeyard command on this server's data and returns its
  // standard output.
  async command(...args) {
    const { stdout } = await run(this.program, [...args, '--data', this.data]);
    return stdout;
  }

  // get fetches a path of the API with this server's key.
  get(path, headers = {}) {
    return fetch(this.http + path, { headers: { Authorization: `Bearer ${this.key}`, ...headers } });
  }

  // post sends JSON to a path of the API and returns the status and the body.
  async post(path, body = {}, headers = {}) {
    const answer = await fetch(this.http + path, {
      method: 'POST', body: JSON.stringify(body),
      headers: { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json', ...headers },
    });
    return { status: answer.status, ...await answer.json() };
  }

  // give sends a command to the charger with this id and returns what became
  // of it.
  async give(id, action, payload, rest = {}) {
    const { status, data, error } = await this.post(`/api/chargers/${id}/commands`, { action, payload, ...rest });
    assert.equal(status, 200, `${action}: ${error}`);
    return data;
  }

  // fetch returns the data of a path of the API.
  async fetch(path) {
    const answer = await this.get(path);
    const body = await answer.json();
    assert.equal(answer.status, 200, `${path}: ${body.error}`);
    return body.data;
  }

  // sites returns the data of GET /api/sites.
  async sites() {
    const answer = await this.get('/api/sites');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
    const body = await answer.json();
    assert.deepEqual(Object.keys(body), ['data']);
    return body.data;
  }

  // charger returns one charger of GET /api/sites by its identity.
  async charger(identity) {
    const found = (await this.sites()).flatMap((site) => site.chargers).filter((c) => c.ocppId === identity);
    assert.equal(found.length, 1, `charger ${identity} stands once in /api/sites`);
    return found[0];
  }
}

// eventually repeats the check until it passes, for at most so many seconds: for
// what follows a message that has no answer, such as the end of a connection.
export async function eventually(check, seconds = 5) {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (err) {
      if (Date.now() > until) {
        throw err;
      }
      await sleep(50);
    }
  }
}
