using Sockeye.Abstractions.Values;

namespace Sockeye.Server.Nodes;

/// <summary>Copies of sockets as bytes between servers. Items of a handshake and access rules of an identity stay where they are: they are objects.</summary>
internal static class SocketWire
{
    public static void Write(WireWriter body, RemoteSocket socket)
    {
        body.Text(socket.Id);
        body.Number(socket.Rooms.Count);
        foreach (var room in socket.Rooms)
        {
            body.Text(room);
        }

        var handshake = socket.Handshake;
        body.Long(handshake.IssuedAt.UtcTicks);
        body.Text(handshake.Address);
        body.Number(handshake.IsSecure ? 1 : 0);
        body.Text(handshake.Url);
        Write(body, handshake.Headers);
        Write(body, handshake.QueryValues);
        body.Bytes(handshake.Auth.Json);
        var data = socket.Data.Export();
        body.Number(data.Count);
        foreach (var (key, json, attachments) in data)
        {
            body.Text(key);
            body.Bytes(json);
            body.Number(attachments.Length);
            foreach (var attachment in attachments)
            {
                body.Bytes(attachment.Span);
            }
        }

        Write(body, socket.Identity);
    }

    /// <returns>Null: the bytes are none of a socket.</returns>
    public static RemoteSocket? Read(ref WireReader body, PayloadCodec codec)
    {
        var id = body.Text();
        var rooms = new string[body.Count()];
        for (var i = 0; i < rooms.Length; i++)
        {
            rooms[i] = body.Text() ?? "";
        }

        var source = new RemoteHandshake(
            Time(body.Long()) ?? default, body.Text() ?? "", body.Number() != 0, body.Text() ?? "", ReadNames(ref body, StringComparer.OrdinalIgnoreCase), ReadNames(ref body, StringComparer.Ordinal));
        var auth = new AuthPayload(body.Bytes());
        var values = new (string Key, byte[] Json, ReadOnlyMemory<byte>[] Attachments)[body.Count()];
        for (var i = 0; i < values.Length; i++)
        {
            var key = body.Text() ?? "";
            var json = body.Bytes().ToArray();
            var attachments = new ReadOnlyMemory<byte>[body.Count()];
            for (var k = 0; k < attachments.Length; k++)
            {
                attachments[k] = body.Bytes().ToArray();
            }

            values[i] = (key, json, attachments);
        }

        var identity = ReadIdentity(ref body);
        return body.IsWhole && id is not null ? new RemoteSocket(id, new Handshake(source, auth), rooms, SocketData.Import(codec, values), identity) : null;
    }

    private static DateTimeOffset? Time(long ticks) => ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    private static void Write(WireWriter body, IReadOnlyDictionary<string, string> values)
    {
        body.Number(values.Count);
        foreach (var (name, value) in values)
        {
            body.Text(name);
            body.Text(value);
        }
    }

    private static Dictionary<string, string> ReadNames(ref WireReader body, StringComparer comparer)
    {
        var count = body.Count();
        var values = new Dictionary<string, string>(comparer);
        for (; count > 0; count--)
        {
            values[body.Text() ?? ""] = body.Text() ?? "";
        }

        return values;
    }

    private static void Write(WireWriter body, SocketIdentity? identity)
    {
        body.Text(identity?.Subject);
        if (identity is null)
        {
            return;
        }

        body.Long(identity.ExpiresAt?.UtcTicks ?? -1);
        body.Text(identity.RateClass);
        body.Text(identity.Source);
        body.Number(identity.Claims.Count);
        foreach (var claim in identity.Claims)
        {
            body.Text(claim.Type);
            body.Text(claim.Value);
        }

        body.Number(identity.Permissions.Count);
        foreach (var permission in identity.Permissions)
        {
            body.Text(permission);
        }
    }

    private static SocketIdentity? ReadIdentity(ref WireReader body)
    {
        if (body.Text() is not { Length: > 0 and <= SocketIdentity.MaxSubjectLength } subject)
        {
            return null;
        }

        var expiry = body.Long();
        var (rateClass, source) = (body.Text(), body.Text());
        var claims = new SocketClaim[body.Count()];
        for (var i = 0; i < claims.Length; i++)
        {
            claims[i] = new SocketClaim(body.Text() ?? "", body.Text() ?? "");
        }

        HashSet<string> permissions = new(StringComparer.Ordinal);
        for (var left = body.Count(); left > 0; left--)
        {
            permissions.Add(body.Text() ?? "");
        }

        return new SocketIdentity(subject)
        {
            ExpiresAt = Time(expiry),
            RateClass = rateClass,
            Source = source,
            Claims = claims,
            Permissions = permissions,
        };
    }

    /// <summary>The request of a socket on another server. Does not change.</summary>
    private sealed class RemoteHandshake(DateTimeOffset issuedAt, string address, bool isSecure, string url, Dictionary<string, string> headers, Dictionary<string, string> query) : HandshakeSource
    {
        private static readonly Dictionary<string, object?> Nothing = [];

        public override DateTimeOffset IssuedAt => issuedAt;

        public override string Address => address;

        public override bool IsSecure => isSecure;

        public override string Url => url;

        public override IReadOnlyDictionary<string, string> Headers => headers;

        public override IReadOnlyDictionary<string, string> QueryValues => query;

        public override IReadOnlyDictionary<string, object?> Items => Nothing;

        public override string? Header(string name) => headers.GetValueOrDefault(name);

        public override string? Query(string name) => query.GetValueOrDefault(name);
    }
}
