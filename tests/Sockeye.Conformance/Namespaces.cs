using System.Collections.Concurrent;
using System.Text.Json;

namespace Sockeye.Conformance;

/// <summary>The namespaces of the Socket.IO profiles and who is admitted to them.</summary>
internal static class Namespaces
{
    private static readonly TimeSpan SlowAdmission = TimeSpan.FromMilliseconds(300);

    public static void Map(SockeyeServer server, DisconnectReasons reasons)
    {
        var main = server.Of("/");
        main.Use(static socket => socket.Handshake.Query("fail") is { } why
            ? ConnectResult.Reject("refused", new Dictionary<string, object?> { ["why"] = why })
            : ConnectResult.Accept);

        var admin = server.Of("/admin");
        admin.Use(static socket => socket.Handshake.Auth.GetString("token") == "secret"
            ? ConnectResult.Accept
            : ConnectResult.Reject("unauthorized", new Dictionary<string, object?> { ["code"] = 401, ["retry"] = false }));

        var slow = server.Of("/slow");
        slow.Use(static async (_, cancellationToken) =>
        {
            await Task.Delay(SlowAdmission, cancellationToken);
            return ConnectResult.Accept;
        });

        foreach (var target in (SockeyeNamespace[])[main, server.Of("/custom"), admin, slow, server.Of(IsDynamic)])
        {
            Handlers.Map(target, reasons);
        }

        MapFailing(server.Of("/failing"));
    }

    /// <summary>Beyond the contract: what clients hear of events that fail.</summary>
    private static void MapFailing(SockeyeNamespace failing)
    {
        failing.AckErrors = true;
        failing.UseEvent(static e => e.Is("filtered"u8) ? EventVerdict.Reject("log in first", "login") : EventVerdict.Continue);
        failing.OnWithAck("half", static (int number) => number % 2 == 0 ? number / 2 : throw new InvalidOperationException("the password is secret"));
        failing.OnWithAck("later", static async Task<int> () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("the password is secret");
        });
        failing.OnWithAck("size", static (byte[] bytes) => bytes.Length);
        failing.OnWithAck("turn", static int () => throw new EventRefusedException("it is not \"your\" turn", "not_your_turn"));
        failing.On("answered", static (EventContext context) =>
        {
            context.Ack("first");
            throw new InvalidOperationException("the password is secret");
        });
    }

    // ^/dyn-\d+$
    private static bool IsDynamic(string name, AuthPayload auth) =>
        name.StartsWith("/dyn-", StringComparison.Ordinal) && name.Length > 5 && !name.AsSpan(5).ContainsAnyExceptInRange('0', '9');
}

/// <summary>The disconnect reasons of sockets by the tag in their auth payload, for the whole process.</summary>
internal sealed class DisconnectReasons
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _byTag = new(StringComparer.Ordinal);

    public void Add(SockeyeSocket socket, Disconnection disconnection)
    {
        var auth = socket.Handshake.Auth.Root;
        if (auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty("tag", out var tag))
        {
            _byTag.GetOrAdd(tag.ToString(), _ => new ConcurrentQueue<string>()).Enqueue(disconnection.Text);
        }
    }

    public string[] Of(string tag) => _byTag.TryGetValue(tag, out var reasons) ? [.. reasons] : [];
}
