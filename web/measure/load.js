// What the overview costs a browser while 10,000 ports change 500 times a second:
// script time, memory, and how soon the first page can be used.
//
//     make bench-console            ten minutes
//     MINUTES=1 make bench-console
//
// The chargers are those of "chargeyard bench", whose messages each change what a
// port does; the server and the browser share the machine with them.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const minutes = Number(process.env.MINUTES ?? 10);
const program = process.env.CHARGEYARD_BINARY;
const address = process.env.ADDRESS ?? '127.0.0.1:18790';
const rate = Number(process.env.RATE ?? 500);
const sites = 50;
const chargersEach = 100;
const portsEach = 2;

const folder = mkdtempSync(join(tmpdir(), 'chargeyard-console-'));
const data = join(folder, 'data');
const running = [];

function start(args, waitFor) {
  const child = spawn(program, [...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let said = '';
  return new Promise((found, failed) => {
    const hear = (text) => {
      said += text;
      const m = waitFor && waitFor.exec(said);
      if (m) found(m);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => failed(new Error(`${args[0]} ended with ${code}: ${said.slice(-2000)}`)));
    if (!waitFor) found(null);
  });
}

function estate() {
  let number = 0;
  const site = (s) => ({
    name: `Depot ${String(s + 1).padStart(2, '0')}`,
    timezone: 'UTC',
    chargers: Array.from({ length: chargersEach }, () => {
      number++;
      return {
        name: `Bay ${number}`,
        ocppId: `BENCH-${number}`,
        latitude: 35 + (s % 10) * 2,
        longitude: -110 + Math.floor(s / 10) * 8,
        ports: Array.from({ length: portsEach }, (_, p) => ({ name: `Port ${p + 1}`, portNumber: p + 1 })),
      };
    }),
  });
  return { data: Array.from({ length: sites }, (_, s) => ({ ...site(s), organization: { name: 'Northline' } })) };
}

async function measure() {
  writeFileSync(join(folder, 'estate.json'), JSON.stringify(estate()));
  execFileSync(program, ['import', join(folder, 'estate.json'), '--data', data], { stdio: ['ignore', 'ignore', 'inherit'] });
  const served = await start(['serve', '--listen', address, '--unknown-id-tags', 'accept', '--log-format', 'text'], /(http\S*\/setup#\S+)/);
  const link = new URL(served[1]);
  const base = `http://${address}`;
  const owner = { token: link.hash.slice(1), email: 'measure@example.org', name: 'Measure', password: `measured-${Math.random()}` };
  const load = ['bench', '--url', `ws://${address}/ocpp`, '--chargers', String(sites * chargersEach), '--only', 'open', '--rate', String(rate), '--time', `${minutes * 60 + 60}s`, '--warm-up', '1s'];
  await start(load, null);

  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
  try {
    const context = await browser.newContext({ viewport: { width: 1400, height: 1000 } });
    const answer = await context.request.post(`${base}/api/sign-in/link`, { data: owner });
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
    await new Promise((then) => setTimeout(then, 30_000)); // all chargers are there, and the load has begun

    const page = await context.newPage();
    const before = performance.now();
    await page.goto(base);
    await page.getByRole('link', { name: 'Depot 01' }).waitFor();
    console.log(`first page with its figures after ${Math.round(performance.now() - before)} ms`);

    const cdp = await context.newCDPSession(page);
    const whole = await browser.newBrowserCDPSession();
    await cdp.send('Performance.enable');
    await new Promise((then) => setTimeout(then, 10_000)); // a browser compiles first
    const read = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      const { metrics } = await cdp.send('Performance.getMetrics');
      const of = (name) => metrics.find((m) => m.name === name).value;
      const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
      const cpu = processInfo.filter((p) => p.type === 'renderer').reduce((sum, p) => sum + p.cpuTime, 0);
      const changes = await count(context, base);
      return { at: performance.now() / 1000, script: of('ScriptDuration'), task: of('TaskDuration'), heap: of('JSHeapUsedSize') / 1e6, nodes: of('Nodes'), cpu, changes };
    };
    const first = await read();
    let last = first;
    console.log('minute  script ms/s  main thread ms/s  renderers ms/s  heap MB  nodes  messages/s');
    for (let m = 1; m <= minutes; m++) {
      await new Promise((then) => setTimeout(then, 60_000));
      const now = await read();
      console.log(row(m, last, now));
      last = now;
    }
    console.log(row('all', first, last));
    console.log(`heap after collection: ${first.heap.toFixed(2)} MB at first, ${last.heap.toFixed(2)} MB at last`);
  } finally {
    await browser.close();
  }
}

/** count is how many messages of chargers the server has answered. */
async function count(context, base) {
  const text = await (await context.request.get(`${base}/metrics`)).text();
  let sum = 0;
  for (const m of text.matchAll(/^chargeyard_gateway_messages_total\{[^}]*\} (\S+)$/gm)) sum += Number(m[1]);
  return sum;
}

function row(name, a, b) {
  const each = (x) => (b[x] - a[x]) / (b.at - a.at);
  const figure = (n, digits, width) => n.toFixed(digits).padStart(width);
  return String(name).padEnd(6) + figure(each('script') * 1000, 1, 13) + figure(each('task') * 1000, 1, 18) + figure(each('cpu') * 1000, 1, 16) + figure(b.heap, 2, 9) + figure(b.nodes, 0, 7) + figure(each('changes'), 0, 12);
}

try {
  await measure();
} finally {
  for (const child of running.reverse()) {
    child.removeAllListeners('exit');
    if (child.exitCode !== null) continue;
    const ended = new Promise((then) => child.on('exit', then));
    child.kill('SIGINT');
    const stubborn = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(stubborn);
  }
  rmSync(folder, { recursive: true, force: true });
}
