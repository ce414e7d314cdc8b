// A proxy on loopback that keeps some requests back: what networks do at the wrong moment.
import net from 'node:net';

/** Forwards to `port`. What a connection sends from a request on follows late by what `delayOf` returns for its head, in milliseconds, in order. Resolves to the proxy's own port. */
export async function delayRequests(t, port, delayOf) {
  const sockets = new Set();
  const keep = (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)); socket.on('error', () => socket.destroy()); };
  const proxy = net.createServer({ allowHalfOpen: true }, (client) => {
    const server = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    keep(client);
    keep(server);
    let last = Promise.resolve();
    const later = (action) => { last = last.then(action); };
    client.on('data', (chunk) => {
      const delay = /^[A-Z]+ \//.test(chunk.toString('latin1', 0, 10)) ? delayOf(chunk.toString('latin1')) : 0;
      if (delay > 0) later(() => new Promise((resolve) => { setTimeout(resolve, delay); }));
      later(() => { server.write(chunk); });
    });
    client.on('end', () => later(() => { server.end(); }));
    client.on('close', () => server.destroy());
    server.on('data', (chunk) => client.write(chunk));
    server.on('end', () => client.end());
    server.on('close', () => client.destroy());
  });
  t.onEnd(() => { proxy.close(); for (const socket of sockets) socket.destroy(); });
  await new Promise((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  return proxy.address().port;
}
