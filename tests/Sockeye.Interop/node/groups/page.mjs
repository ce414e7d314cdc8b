// The host's playground page in a real browser: what one tab sends appears in the other.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { scenario } from '../lib/harness.mjs';

const patience = { timeout: 20_000 };
const browserArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

async function startHost(t, ...more) {
  const child = spawn(t.hostCommand, ['--urls', 'http://127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.onEnd(() => child.kill('SIGKILL'));
  return await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const address = /^Sockeye listens on (\S+)/m.exec(said);
      if (address) resolve({ child, url: address[1] });
    });
    child.once('exit', (code) => reject(new Error(`the host ended with ${code} before it listened`)));
  });
}

async function openBrowser(t) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: browserArguments });
  t.onEnd(() => browser.close());
  return browser;
}

/** Opens tabs; every request to another host and every error of the page fails the scenario. */
async function openTabs(t, count, options = {}) {
  const host = await startHost(t);
  const browser = await openBrowser(t);
  const context = await browser.newContext(options);
  const faults = [];
  context.on('request', (request) => { if (!request.url().startsWith(host.url) && !request.url().startsWith('data:')) faults.push(`request to ${request.url()}`); });
  const tabs = [];
  for (let i = 0; i < count; i++) {
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
    await page.goto(host.url);
    await shows(page, 'transport', 'websocket');
    await shows(page, 'messages', 'You are');
    tabs.push(page);
  }
  return { host, tabs, faults };
}

const shows = (page, id, text) => page.waitForFunction(([id, text]) => document.getElementById(id).textContent.includes(text), [id, text], patience);

scenario('what one tab says appears in the other, and the sender learns how many got it', async (t) => {
  const { tabs: [ann, bob], faults } = await openTabs(t, 2);
  await shows(ann, 'members', '2 here');
  await ann.fill('#say-text', 'hello <b>there</b> 😀');
  await ann.press('#say-text', 'Enter');
  await shows(bob, 'messages', 'hello <b>there</b> 😀');
  await shows(ann, 'messages', 'sent to 1');
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('a stroke on one board is drawn on the other', async (t) => {
  const { tabs: [ann, bob], faults } = await openTabs(t, 2);
  const drawn = (page) => page.evaluate(() => document.getElementById('board').getContext('2d').getImageData(0, 0, 640, 400).data.some((v) => v > 0));
  assert.equal(await drawn(bob), false);
  const box = await ann.locator('#board').boundingBox();
  await ann.mouse.move(box.x + 40, box.y + 40);
  await ann.mouse.down();
  for (let i = 1; i <= 30; i++) await ann.mouse.move(box.x + 40 + i * 6, box.y + 60 + 20 * Math.sin(i / 3));
  await ann.mouse.up();
  await bob.waitForFunction(() => document.getElementById('board').getContext('2d').getImageData(0, 0, 640, 400).data.some((v) => v > 0), null, patience);
  await ann.click('#wipe');
  await bob.waitForFunction(() => !document.getElementById('board').getContext('2d').getImageData(0, 0, 640, 400).data.some((v) => v > 0), null, patience);
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

scenario('rooms separate the tabs, the lab shows acknowledgements, latency and wire are shown', async (t) => {
  const { tabs: [ann, bob], faults } = await openTabs(t, 2);
  await ann.fill('#join-name', 'den');
  await ann.click('#join button');
  await shows(ann, 'room', 'den');
  await shows(bob, 'members', 'only you');
  await ann.fill('#say-text', 'alone');
  await ann.press('#say-text', 'Enter');
  await shows(ann, 'messages', 'nobody else is here');
  await ann.click('#lab button');
  await shows(ann, 'lab-answer', '"hello"');
  await ann.fill('#lab-args', 'not json');
  await ann.click('#lab button');
  await shows(ann, 'lab-answer', 'not JSON');
  await shows(ann, 'latency', 'ms');
  await shows(ann, 'wire', '"join","den"');
  assert.ok(!(await bob.textContent('#messages')).includes('alone'));
  assert.deepEqual(faults, []);
}, { timeout: 60_000 });

for (const way of ['polling', 'websocket']) {
  scenario(`the page works over ${way} alone`, async (t) => {
    const { tabs: [ann, bob], faults } = await openTabs(t, 2);
    await bob.selectOption('#choose', way);
    // The page greets once for each connection; until the second greeting everything else may be what the first connection left.
    await bob.waitForFunction(() => document.getElementById('messages').textContent.split('You are ').length === 3, null, patience);
    await shows(bob, 'transport', way);
    await shows(ann, 'members', '2 here');
    await bob.fill('#say-text', `over ${way}`);
    await bob.press('#say-text', 'Enter');
    await shows(ann, 'messages', `over ${way}`);
    await shows(bob, 'messages', 'sent to 1');
    assert.deepEqual(faults, []);
  }, { timeout: 60_000 });
}

scenario('the page says when the server is gone', async (t) => {
  const { host, tabs: [ann] } = await openTabs(t, 1);
  host.child.kill('SIGTERM');
  await ann.waitForFunction(() => document.getElementById('state').textContent !== 'connected', null, patience);
  await ann.fill('#say-text', 'anyone?');
  await ann.press('#say-text', 'Enter');
  await shows(ann, 'messages', 'Not connected');
}, { timeout: 60_000 });

scenario('on a phone nothing is wider than the screen, light and dark', async (t) => {
  for (const colorScheme of ['light', 'dark']) {
    const { tabs: [page], faults } = await openTabs(t, 1, { viewport: { width: 360, height: 740 }, colorScheme });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const sum = back.match(/\d+/g).slice(0, 3).reduce((total, part) => total + Number(part), 0);
    assert.ok(colorScheme === 'dark' ? sum < 200 : sum > 600, `${colorScheme}: ${back}`);
    assert.deepEqual(faults, []);
  }
}, { timeout: 90_000 });

scenario('a page loads the published client from the server itself, as a script and as a module', async (t) => {
  const host = await startHost(t, '--ServeClientFrom', fileURLToPath(new URL('../node_modules/socket.io-client/dist', import.meta.url)));
  const page = await (await openBrowser(t)).newPage();
  await page.goto(`${host.url}/style.css`);     // a document of the server's origin without scripts of its own
  for (const name of ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js']) {
    for (const file of [name, `${name}.map`]) assert.equal((await fetch(`${host.url}/socket.io/${file}`)).status, 200, file);
  }
  const talk = `async (io) => {
    const socket = io({ forceNew: true });
    const answer = await socket.timeout(10000).emitWithAck('echo', 'through the bundle');
    socket.disconnect();
    return answer;
  }`;
  await page.addScriptTag({ url: `${host.url}/socket.io/socket.io.min.js` });
  assert.equal(await page.evaluate(`(${talk})(io)`), 'through the bundle');
  assert.equal(await page.evaluate(`import('${host.url}/socket.io/socket.io.esm.min.js').then(({ io }) => (${talk})(io))`), 'through the bundle');
}, { timeout: 60_000 });
