// An operator's first day with the console: the first owner, the first site, a
// charger that is refused and adopted, a charge that is watched and stopped, a
// card that is revoked, the past, a screen, a key, a viewer. Against the real
// server, with the simulator.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { complaintsOf, ended, launch, program, said, settled, sound as soundIn } from './lib.js';

// Each step waits for at most twenty seconds.
const patience = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'chargeyard-walk-'));
const complaints = [];
const tag = '04A1B2C3D4';
const ownerPassword = `quiet-harbor-${process.pid}`;
const viewerPassword = `quiet-lagoon-${process.pid}`;
let server, charger, browser, owner, base, link, site, chargerPage;

before(async () => {
  server = spawn(program, ['serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--sample-interval', '2s', '--log-format', 'text'], { stdio: ['ignore', 'pipe', 'pipe'] });
  [, link] = await said(server, /(http:\S+\/setup#\S+)/);
  base = new URL(link).origin;
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'America/Los_Angeles' });
  context.setDefaultTimeout(patience);
  owner = await context.newPage();
  complaintsOf(owner, base, complaints);
});

after(async () => {
  await browser?.close();
  await ended(charger);
  await ended(server);
  rmSync(folder, { recursive: true, force: true });
});

// Its pages in dark are those of console.test.js.
const sound = (page, name) => soundIn(page, name, ['light']);
const button = (page, name) => page.getByRole('button', { name, exact: true });

test('the first owner makes an account with the link that the server printed', async () => {
  await owner.goto(link);
  await owner.getByLabel('E-mail address').fill('ada@example.org');
  await owner.getByLabel('Your name').fill('Ada');
  await owner.getByLabel('Password', { exact: true }).fill(ownerPassword);
  await owner.getByLabel('Password, once more').fill(ownerPassword);
  await sound(owner, 'walk-setup');
  await button(owner, 'Make the account').click();
  await owner.getByText('There is no site yet.').waitFor();
  await sound(owner, 'walk-empty');
});

test('the first site is added where the overview says', async () => {
  await owner.getByRole('link', { name: 'Add the first site' }).click();
  const dialog = owner.getByRole('dialog', { name: 'Add a site' });
  await dialog.getByLabel('Name').fill('Harbor Depot');
  await dialog.getByLabel('Address').fill('77 Pier Rd, Oakvale');
  await sound(owner, 'walk-add-site');
  await button(dialog, 'Add a site').click();
  await owner.getByRole('heading', { name: 'Harbor Depot' }).waitFor();
  site = owner.url();
  await settled(owner);
  await sound(owner, 'walk-site-empty');
});

test('a charger that is refused appears by itself, and is adopted', async () => {
  await owner.goto(`${base}/commissioning`);
  await owner.getByText('No charger was refused.', { exact: false }).waitFor();
  charger = spawn(program, ['simulate', '--url', `${base.replace('http', 'ws')}/ocpp`, '--prefix', 'WALK-', '--life', 'idle', '--sample', '1s', '--speed', '10'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const row = owner.getByRole('row').filter({ hasText: 'WALK-1' });
  await row.waitFor();
  assert.match(await row.innerText(), /no charger has the identity "WALK-1"/);
  await sound(owner, 'walk-refused');
  await button(row, 'Adopt WALK-1').click();
  const dialog = owner.getByRole('dialog', { name: 'Adopt WALK-1' });
  await dialog.getByLabel('Name').fill('Bay 1');
  await dialog.getByText('None: anybody who knows').click();
  await sound(owner, 'walk-adopt');
  await button(dialog, 'Adopt').click();
  await owner.getByRole('dialog', { name: 'Bay 1 is entered' }).getByRole('link', { name: 'See it connect' }).click();
});

test('it turns green step by step', async () => {
  for (const step of ['Connected', 'Booted', 'Status of its ports', 'Maker, model and serial number']) {
    await owner.getByRole('listitem').filter({ hasText: step }).getByText('done', { exact: true }).waitFor();
  }
  await owner.getByRole('listitem').filter({ hasText: 'First session' }).getByText('not yet').waitFor();
  await owner.getByRole('img', { name: /QR code of/ }).waitFor();
  await sound(owner, 'walk-commissioning');
  chargerPage = owner.url().replace('/commissioning/', '/chargers/');
});

test('a card is added', async () => {
  await owner.goto(`${base}/access/cards`);
  await button(owner, 'Add a card').click();
  const dialog = owner.getByRole('dialog', { name: 'Add a card' });
  await dialog.getByLabel('Number').fill(tag);
  await dialog.getByLabel('Name').fill('Card 12');
  await dialog.getByLabel('Customer').fill('Night Couriers');
  await button(dialog, 'Add a card').click();
  await owner.getByRole('row').filter({ hasText: 'Card 12' }).getByText('may charge').waitFor();
  await sound(owner, 'walk-cards');
});

async function start(page) {
  await page.goto(chargerPage);
  await page.getByLabel('Action', { exact: true }).selectOption('start');
  await page.getByLabel('Port', { exact: true }).selectOption('1');
  await page.getByLabel('Access id (card)').fill(tag);
  await button(page, 'Send').click();
}

test('a charge is started and watched', async () => {
  await start(owner);
  await owner.locator('.life').getByText('✓').waitFor();
  await owner.goto(site);
  const tile = owner.locator('main').getByText('Charging', { exact: true }).first();
  await tile.waitFor();
  await owner.waitForFunction(() => /[1-9]\d*\.\d kW/.test(document.querySelector('main').innerText));
  await owner.getByText('Night Couriers').first().waitFor();
  await sound(owner, 'walk-charging');
});

test('it is stopped on the page of its session, which shows its curve', async () => {
  await owner.goto(`${base}/sessions?running=1`);
  await owner.getByRole('row').filter({ hasText: 'Bay 1' }).getByRole('link').first().click();
  await owner.getByText('Running', { exact: true }).waitFor();
  await owner.waitForFunction(() => document.querySelectorAll('main .u-over, main canvas').length > 0, null, { timeout: 30_000 });
  await button(owner, 'Stop charging').click();
  const dialog = owner.getByRole('dialog');
  assert.match(await dialog.innerText(), /Bay 1 is told to stop at once; Card 12 charges there/);
  await button(dialog, 'Stop charging').click();
  await owner.getByText('Ended', { exact: true }).waitFor();
  const energy = await owner.locator('dd strong').first().innerText();
  assert.ok(parseFloat(energy) > 0, `the session delivered ${energy}`);
  await owner.getByRole('group', { name: 'The messages behind it' }).getByRole('button', { name: /^Open/ }).first().click();
  await owner.locator('main pre').first().waitFor();
  await sound(owner, 'walk-session');
});

test('a revoked card is refused at its next try', async () => {
  await owner.goto(`${base}/access/cards`);
  await button(owner, 'Revoke: Card 12').click();
  const dialog = owner.getByRole('dialog', { name: 'Revoke Card 12?' });
  assert.match(await dialog.innerText(), /refused from the next time it is presented, at every charger/);
  await button(dialog, 'Revoke').click();
  await owner.getByRole('row').filter({ hasText: 'Card 12' }).getByText('revoked').waitFor();
  await start(owner);
  await owner.goto(`${chargerPage}/messages?errors=1`);
  const refused = owner.getByRole('row').filter({ hasText: /Authorize|StartTransaction/ }).filter({ hasText: 'Blocked' }).first();
  await refused.waitFor();
  await sound(owner, 'walk-refused-card');
});

test('the site is shown as it was', async () => {
  const { data } = await (await owner.request.get(`${base}/api/charging-sessions`)).json();
  const while_ = new Date((Date.parse(data[0].startTime) + Date.parse(data[0].endTime)) / 2).toISOString();
  await owner.goto(`${site}?at=${encodeURIComponent(while_)}`);
  await owner.getByText('You are looking at the past').waitFor();
  await owner.locator('main').getByText('Charging', { exact: true }).first().waitFor();
  await sound(owner, 'walk-past');
});

test('a screen shows the site without a sign-in, and goes dark when it is revoked', async () => {
  await owner.goto(`${site}/settings`);
  await owner.getByLabel('Where the screen hangs').fill('Dispatch office');
  await owner.locator('section[aria-labelledby=screens] form button[type=submit]').click();
  const address = await owner.locator('.once input').inputValue();
  await sound(owner, 'walk-site-settings');
  const wall = await (await browser.newContext({ viewport: { width: 1600, height: 900 } })).newPage();
  complaintsOf(wall, base, complaints);
  await wall.goto(address);
  await wall.getByRole('heading', { name: 'Harbor Depot' }).waitFor();
  await wall.getByText('Bay 1').first().waitFor();
  assert.doesNotMatch(await wall.locator('body').innerText(), /Card 12|Night Couriers/);
  await sound(wall, 'walk-screen');
  await owner.getByRole('button', { name: 'Revoke', exact: true }).click();
  await owner.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await wall.getByText('This link was revoked.').waitFor();
  await wall.context().close();
});

test('a key is made, used and revoked', async () => {
  await owner.goto(`${base}/settings/keys`);
  await button(owner, 'Make a key').click();
  await owner.getByRole('dialog').getByLabel('Name').fill('dashboard');
  await button(owner.getByRole('dialog'), 'Make a key').click();
  const key = await owner.locator('dialog code.key').innerText();
  const asked = () => fetch(`${base}/api/sites`, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal((await asked()).status, 200);
  await button(owner.getByRole('dialog'), 'Close').last().click();
  await button(owner, 'Revoke: dashboard').click();
  await button(owner.getByRole('dialog'), 'Revoke').click();
  await owner.getByRole('row').filter({ hasText: 'dashboard' }).waitFor({ state: 'detached' });
  assert.equal((await asked()).status, 401);
});

test('a viewer looks and cannot act', async () => {
  await owner.goto(`${base}/settings/people`);
  await button(owner, 'Add somebody').click();
  const dialog = owner.getByRole('dialog', { name: 'Add somebody' });
  await dialog.getByLabel('E-mail address').fill('bo@example.org');
  await button(dialog, 'Add somebody').click();
  const invitation = await owner.getByRole('dialog', { name: 'A link for bo@example.org' }).locator('code').innerText();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const viewer = await context.newPage();
  complaintsOf(viewer, base, complaints);
  await viewer.goto(invitation);
  await viewer.getByLabel('Password', { exact: true }).fill(viewerPassword);
  await viewer.getByLabel('Password, once more').fill(viewerPassword);
  await button(viewer, 'Set the password').click();
  await viewer.getByRole('heading', { name: 'Overview' }).waitFor();
  await viewer.goto(chargerPage);
  await button(viewer, 'Send').waitFor();
  assert.ok(await button(viewer, 'Send').isDisabled());
  await viewer.getByText('Your role may look at this').first().waitFor();
  await viewer.goto(`${base}/access/cards`);
  assert.ok(await button(viewer, 'Add a card').isDisabled());
  await viewer.goto(`${base}/settings/keys`);
  await viewer.getByText('Your role does not see this part.').waitFor();
  // What the page does not offer the server refuses.
  const id = chargerPage.split('/').at(-1);
  const order = await viewer.evaluate(async (id) => (await fetch(`/api/chargers/${id}/reset`, { method: 'POST', body: '{}' })).status, id);
  assert.equal(order, 403);
  await context.close();
});

test('nothing complained, and nothing was asked of anybody else', () => {
  assert.deepEqual(complaints, []);
});
