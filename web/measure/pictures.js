// Takes the pictures of the README and the tutorial anew, from the demo after it
// ran for a minute:
//
//     make pictures

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ended, launch, program, said, settled } from '../test/lib.js';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'images');
const demo = spawn(program, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
let browser;
try {
  const [, link] = await said(demo, /Console\s+(\S+\/setup#\S+)/);
  const base = new URL(link).origin;
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', timezoneId: 'America/Los_Angeles' });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await new Promise((then) => setTimeout(then, Number(process.env.WAIT ?? 60) * 1000));
  const { data: sites } = await (await context.request.get(`${base}/api/sites`)).json();
  const site = sites.find((s) => s.chargers.length > 2);
  const charging = site.chargers.find((c) => c.ports.some((p) => p.currentChargingSession));
  const session = charging.ports.find((p) => p.currentChargingSession).currentChargingSession.id;
  const made = await (await context.request.post(`${base}/api/admin/sites/${site.id}/screens`, { data: { name: 'Office' } })).json();

  async function take(name, address, ready = () => undefined) {
    await page.goto(base + address);
    await settled(page);
    await ready();
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(folder, `console-${name}.png`) });
  }
  await take('overview', '/', () => page.locator('.figures dd').filter({ hasText: /kW$/ }).first().waitFor());
  await take('site', `/sites/${site.id}`);
  await take('charger', `/chargers/${charging.id}`);
  await take('session', `/sessions/${session}`, () => page.locator('.u-over').first().waitFor());
  await take('new-charger', `/commissioning/${charging.id}`);
  const wall = await (await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' })).newPage();
  await wall.goto(base + made.data.link);
  await wall.locator('article').first().waitFor();
  await wall.screenshot({ path: join(folder, 'console-screen.png') });
} finally {
  await browser?.close();
  await ended(demo);
}
