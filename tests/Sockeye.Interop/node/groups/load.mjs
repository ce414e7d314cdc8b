// Many clients at once.
import assert from 'node:assert/strict';
import { call, clients, collect, eventually, scenario } from '../lib/harness.mjs';

const count = 500;
let serial = 0;

for (const version of Object.keys(clients)) {
  for (const way of ['polling', 'websocket', 'upgrade']) {
    scenario(`${count} clients at once: all in, all heard, all gone [${version} ${way}]`, async (t) => {
      t.use(version, way);
      const namespace = `/dyn-${5_000_000 + serial++}`;
      const sockets = await Promise.all(Array.from({ length: count }, () => t.connect(namespace)));
      assert.equal(new Set(sockets.map((socket) => socket.id)).size, count);
      const [first] = sockets;
      assert.deepEqual(await call(first, 'count'), [count]);
      const answers = await Promise.all(sockets.map((socket, i) => call(socket, 'message-with-ack', i)));
      assert.deepEqual(answers.map(([i]) => i), Array.from({ length: count }, (_, i) => i));
      const heard = sockets.map((socket) => collect(socket, 'x').until(3));
      for (let i = 0; i < 3; i++) await call(first, 'cast', { self: true, event: 'x', args: [i] });
      for (const got of await Promise.all(heard)) assert.deepEqual(got.map(([i]) => i), [0, 1, 2]);
      for (const socket of sockets.slice(1)) socket.disconnect();
      await eventually(() => call(first, 'count'), ([n]) => n === 1);
    }, { timeout: 90_000 });
  }
}
