// Starts a conformance app of one's own, for scenarios that measure it or end it.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';

export const profileCount = 15;

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export async function freeBase() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all(Array.from({ length: profileCount }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

/** Resolves when the app says that it is ready; the scenario's addresses are its from then on. */
export async function startApp(t, base, options = []) {
  if (base !== undefined) return startAppAt(t, base, options);
  for (let left = 3; ; left--) {
    try {
      return await startAppAt(t, await freeBase(), options);
    } catch (error) {
      // Groups run side by side: another one may have taken a port since it was looked at.
      if (left === 1) throw error;
    }
  }
}

async function startAppAt(t, base, options) {
  const [command, ...args] = t.appCommand.split(' ');
  const child = spawn(command, [...args, '--base', String(base), ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.onEnd(() => child.kill('SIGKILL'));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => { said += chunk; if (/^ready$/m.test(said)) resolve(); });
    exited.then(({ code, signal }) => reject(new Error(`the app ended with ${code ?? signal} before it was ready`)));
  });
  t.base = base;
  return { child, exited, residentBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) * 1024 };
}
