// Programs that a scenario starts and that end with it.
import { spawn } from 'node:child_process';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

/** A path inside the repository. */
export const inRepository = (path) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

const givenPorts = new Set();

/** A port of loopback that was free a moment ago and was not given before, below those that the system gives to outgoing connections. */
export function freePort() {
  return new Promise((resolve) => {
    let port;
    do port = 20_000 + Math.floor(Math.random() * 12_000); while (givenPorts.has(port));
    givenPorts.add(port);
    const server = net.createServer();
    server.once('error', () => resolve(freePort()));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}

/** Starts a program and resolves when its output, both streams, has what is waited for. */
export async function startChild(t, command, args, { until, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const program = { child, output: '' };
  t.onEnd(() => child.kill('SIGKILL'));
  program.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  await new Promise((resolve, reject) => {
    const hear = (chunk) => { program.output += chunk; if (until.test(program.output)) resolve(); };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    program.exited.then((how) => reject(new Error(`${command} ended with ${how} before it said ${until}:\n${program.output}`)));
  });
  return program;
}

/** Runs a program to its end. */
export async function runChild(t, command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  t.onEnd(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  child.stderr.on('data', (chunk) => { output += chunk; });
  const exit = await new Promise((resolve, reject) => { child.once('close', resolve); child.once('error', reject); });
  return { exit, output };
}
