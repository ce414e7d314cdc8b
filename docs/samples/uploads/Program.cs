using System.Security.Cryptography;
using Sockeye;
using Uploads;

var url = args is [var given, ..] ? given : "http://127.0.0.1:3000";
var store = new UploadStore(args is [_, var folder, ..] ? folder : "uploads");

await using var server = SockeyeServer.Create(url, builder => builder.Options.Engine.MaxPayloadBytes = 2 * UploadStore.ChunkBytes);

// The answer says where to go on: behind what an earlier connection has brought.
server.OnWithAck("begin", (SockeyeSocket socket, string name, long size) =>
{
    if (store.Open(name, size) is not { } upload)
    {
        return null;
    }

    socket.State<Transfer>().Begin(upload);
    return new Begun(upload.Received, UploadStore.ChunkBytes);
});

// Events of one socket run one at a time, also while this one awaits the disk, so chunks are written in order. Nothing
// more is read from a client that sends faster than the disk takes it: the engine bounds what waits.
server.OnWithAck("chunk", async (SockeyeSocket socket, byte[] bytes) =>
{
    if (socket.State<Transfer>().Current is not { } upload)
    {
        return -1;
    }

    await upload.WriteAsync(bytes);
    server.To("watchers").Volatile.Emit("progress", upload.Name, upload.Received, upload.Size);
    return upload.Received;
});

server.OnWithAck("end", async (SockeyeSocket socket) =>
{
    var transfer = socket.State<Transfer>();
    if (transfer.Current is not { IsComplete: true } upload)
    {
        return null;
    }

    transfer.End();
    await using var file = File.OpenRead(upload.Path);
    var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
    server.To("watchers").Emit("arrived", upload.Name, hash);
    return hash;
});

server.OnWithAck("watch", (SockeyeSocket socket) => socket.Join("watchers"));
server.OnDisconnect((socket, why) => socket.State<Transfer>().End());

Console.WriteLine($"Send files to {url}: node upload.mjs {url} FILE");
await server.RunAsync();
