// The console in a real browser, on the demo: signing in with its link, seeing
// the estate live, and what axe-core finds on every page in both themes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { complaintsOf, ended, launch, program, said, settled, sound } from './lib.js';

const complaints = [];
let demo, browser, context, page, base, link;

before(async () => {
  demo = spawn(program, ['demo', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  [, link] = await said(demo, /Console\s+(\S+\/setup#\S+)/);
  base = new URL(link).origin;
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
});

after(async () => {
  await browser?.close();
  await ended(demo);
});

test('who is not signed in is asked to, and a wrong password is told', async () => {
  complaintsOf(page, base, complaints);
  await page.goto(`${base}/chargers`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(page.url(), /\/sign-in\?next=%2Fchargers$/);
  await sound(page, 'sign-in');
  await page.getByLabel('E-mail address').fill('demo@example.org');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The e-mail address or the password is wrong').waitFor();
});

test('the link of the demo signs in, once', async () => {
  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  await stranger.getByText('This link was used already').waitFor();
  await sound(stranger, 'setup');
  await stranger.context().close();
});

test('the overview shows every site and what is charging', async () => {
  await page.getByRole('table').first().getByRole('row').nth(3).waitFor();
  const charging = page.locator('dl div').filter({ hasText: 'Charging now' }).locator('dd');
  await page.waitForFunction((e) => Number(e.textContent) > 0, await charging.elementHandle());
  await page.locator('.live.on').getByText('Live').waitFor();
  await sound(page, 'overview');
});

test('a site shows its ports as the API has them, and changes by itself', async () => {
  const { data: sites } = await (await context.request.get(`${base}/api/sites`)).json();
  const site = sites.find((s) => s.chargers.length > 2);
  await page.getByRole('link', { name: site.name }).click();
  await page.getByRole('heading', { name: site.name }).waitFor();
  const ports = site.chargers.flatMap((c) => c.ports);
  await page.locator('article.tile').nth(ports.length - 1).waitFor();
  assert.equal(await page.locator('article.tile').count(), ports.length);
  await sound(page, 'site');
  const before = await page.locator('main').innerText();
  await page.waitForFunction((old) => document.querySelector('main').innerText !== old, before);
});

test('a charger shows its session and its messages, and a command its outcome', async () => {
  await page.goto(`${base}/chargers`);
  await page.getByLabel('Port status').selectOption('Charging');
  await page.locator('tbody tr').first().waitFor();
  await sound(page, 'chargers');
  const charger = await page.locator('tbody a').first().getAttribute('href');
  await page.locator('tbody a').first().click();
  await page.getByRole('heading', { name: 'Actions' }).waitFor();
  await sound(page, 'charger');
  const { data } = await (await context.request.get(`${base}/api${charger}`)).json();
  const port = data.ports.find((p) => p.currentChargingSession);
  await page.getByLabel('Action', { exact: true }).selectOption('stop');
  await page.getByLabel('Port', { exact: true }).selectOption(String(port.portNumber));
  await page.getByRole('button', { name: 'Send' }).click();
  await sound(page, 'confirm');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop charging' }).click();
  await page.locator('.life').getByText('✓').first().waitFor();
  await page.getByRole('link', { name: 'Messages' }).click();
  const stopped = page.locator('details, tr, li').filter({ hasText: /RemoteStopTransaction|RequestStopTransaction/ }).first();
  await stopped.waitFor();
  await sound(page, 'messages');
  for (const tab of ['Timeline', 'Configuration', 'Commands']) {
    await page.getByRole('link', { name: tab, exact: true }).click();
    await page.locator('main a[aria-current]').getByText(tab, { exact: true }).waitFor();
    await settled(page);
    await sound(page, tab.toLowerCase());
  }
});

test('every other page is sound in both themes', async () => {
  const { data: sites } = await (await context.request.get(`${base}/api/sites`)).json();
  const site = sites.find((s) => s.chargers.length > 2);
  const charger = site.chargers[0].id;
  const session = site.chargers.flatMap((c) => c.ports).find((p) => p.currentChargingSession)?.currentChargingSession.id;
  const addresses = [
    '/map', '/sites', `/sites/${site.id}/plan`, `/sites/${site.id}/power`, `/sites/${site.id}/settings`,
    `/chargers/${charger}/files`, `/chargers/${charger}/box`, `/chargers/${charger}/commands?send=SetChargingProfile`, `/commissioning/${charger}`, '/commissioning',
    '/sessions?running=1', `/sessions/${session}`, '/access/cards', '/access/vehicles', '/access/customers', '/access/import',
    '/alerts', '/alerts/history', '/alerts/errors', '/health', '/health/months', '/health/exclusions', '/planning', '/planning/departures', '/planning/maintenance',
    '/settings', '/settings/people', '/settings/keys', '/settings/organizations', '/settings/webhooks', '/settings/rules', '/settings/tariffs', '/settings/server',
    '/reference', '/reference?op=orderReset',
  ];
  for (const address of addresses) {
    await page.goto(base + address);
    await settled(page);
    await sound(page, address.slice(1).replace(/[^a-z]+/gi, '-').replace(/-$/, ''));
  }
});

test('a page shows a moment of the past, and leads back', async () => {
  const { data: sites } = await (await context.request.get(`${base}/api/sites`)).json();
  const then = new Date(Date.now() - 3000).toISOString();
  await page.goto(`${base}/sites/${sites[0].id}?at=${encodeURIComponent(then)}`);
  await page.getByText('You are looking at the past').waitFor();
  await page.locator('article.tile').first().waitFor();
  await sound(page, 'past');
  await page.getByRole('button', { name: 'Back to now' }).first().click();
  await page.waitForFunction(() => !location.search.includes('at='));
});

test('it works on a phone and by keyboard', async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${base}/`);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Chargers', exact: true }).waitFor();
  await sound(page, 'phone');
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `the page is ${wider} px wider than the screen`);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'Chargers', exact: true }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
});

test('signing out ends it', async () => {
  await page.locator('details.who summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal((await context.request.get(`${base}/api/sites`)).status(), 401);
  assert.deepEqual(complaints, []);
});
