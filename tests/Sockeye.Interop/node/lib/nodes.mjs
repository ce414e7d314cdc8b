// nats-server, and apps as nodes of one cluster over it.
import { startApp } from './app.mjs';
import { startChild } from './child.mjs';

export const startNats = (t, port) => startChild(t, '/usr/sbin/nats-server', ['-a', '127.0.0.1', '-p', String(port)], { until: /Server is ready/ });

/** A node with some of the profiles. */
export async function startNode(t, nats, only = ['--only', '0']) {
  const app = await startApp(t, undefined, ['--cluster', nats, ...only, '--loops', '2']);
  return { ...app, base: t.base };
}
