// nats-server, and apps as nodes of one cluster over it.
import { readFileSync, readdirSync } from 'node:fs';
import { startApp } from './app.mjs';
import { startChild } from './child.mjs';
import { eventually } from './harness.mjs';

export const startNats = (t, port) => startChild(t, '/usr/sbin/nats-server', ['-a', '127.0.0.1', '-p', String(port)], { until: /Server is ready/ });

/** A node with some of the profiles. */
export async function startNode(t, nats, only = ['--only', '0']) {
  const app = await startApp(t, undefined, ['--cluster', nats, ...only, '--loops', '2']);
  return { ...app, base: t.base };
}

/** Stops a process where it stands. Resolves when none of its threads runs, which on a busy machine is later than the signal. */
export async function standStill({ pid }) {
  process.kill(pid, 'SIGSTOP');
  const tasks = `/proc/${pid}/task`;
  await eventually(() => readdirSync(tasks).map((id) => readFileSync(`${tasks}/${id}/stat`, 'utf8')), (all) => all.every((stat) => stat.slice(stat.lastIndexOf(')')).startsWith(') T')));
}
