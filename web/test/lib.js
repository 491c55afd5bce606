// What the tests of the console share: a browser, what axe-core finds, pictures.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = process.env.CHARGEYARD_PICTURES ?? '';

export const program = process.env.CHARGEYARD_BINARY;

export function launch() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** said waits until a program's output holds a pattern. */
export function said(child, pattern) {
  let text = '';
  return new Promise((found, failed) => {
    const hear = (piece) => {
      text += piece;
      const m = pattern.exec(text);
      if (m) found(m);
    };
    child.stdout.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('exit', (code) => failed(new Error(`it ended with ${code}: ${text}`)));
  });
}

/** ended stops a program as Ctrl-C does. */
export async function ended(child) {
  if (!child || child.exitCode !== null) return;
  const over = new Promise((then) => child.on('exit', then));
  child.kill('SIGINT');
  await over;
}

/** complaintsOf collects what a page's browser complains of, and what it asks of other servers. */
export function complaintsOf(page, base, list) {
  page.on('console', (m) => m.type() === 'error' && !/40[0134]/.test(m.text()) && list.push(m.text()));
  page.on('pageerror', (e) => list.push(String(e)));
  page.on('request', (r) => r.url().startsWith(base) || /^(data|blob):/.test(r.url()) || list.push(`asked ${r.url()}`));
}

/** No rule of axe-core is broken in these themes, whose colours are all that differs; a picture is kept of each. */
export async function sound(page, name, schemes = ['light', 'dark']) {
  for (const scheme of schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(axe);
    const rules = scheme === 'light' ? {} : { runOnly: ['color-contrast'] };
    const found = await page.evaluate((rules) => globalThis.axe.run(document, rules), rules);
    const broken = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target} ${n.html.slice(0, 300)}`).slice(0, 3).join(' | ')}`);
    assert.deepEqual(broken, [], `${name} in ${scheme}`);
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}-${scheme}.png`) });
    }
  }
}

/** settled waits until a page has its heading and nothing loads any more. */
export async function settled(page) {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => !/Loading …/.test(document.querySelector('main')?.innerText ?? 'Loading …'));
}
