// The standalone host as a process, and Chromium to look at its pages.
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';

const browserArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** How long is waited for something to be seen. */
export const patience = { timeout: 60_000 };

/** Starts the host; completes with its process, the address for clients, the one for operators if it has one, and what it has said so far. */
export async function startHost(t, ...more) {
  const child = spawn(t.hostCommand, ['--urls', 'http://127.0.0.1:0', ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.onEnd(() => child.kill('SIGKILL'));
  const host = { child, said: '' };
  return await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      host.said += chunk;
      host.url ??= /^Sockeye listens on (\S+)$/m.exec(host.said)?.[1];
      host.operators ??= /^Operators reach it on (\S+)$/m.exec(host.said)?.[1];
      if (host.url && (host.operators || !more.includes('--admin'))) resolve(host);
    });
    child.once('exit', (code) => reject(new Error(`the host ended with ${code} before it listened`)));
  });
}

let browser;                                    // one for the group; it ends with this process

/** A window of its own, without what other scenarios have left. */
export async function openWindow(t, options) {
  browser ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: browserArguments });
  const context = await (await browser).newContext(options);
  t.onEnd(() => context.close());
  return context;
}
