using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Sockeye.Plugins;
using Sockeye.Server.Hooks;
using Sockeye.Testing;
using Xunit;

namespace Sockeye.Server.Tests.Hooks;

/// <summary>Hooks that are handed over as functions, on a server without sockets.</summary>
public abstract class HookTest : ServerTest
{
    protected const string Unavailable = "unavailable";

    /// <summary>Where handlers run.</summary>
    public enum Place
    {
        EventLoop,
        Pool,
        GameLoop,
    }

    public static TheoryData<Place> Places => [.. Enum.GetValues<Place>()];

    internal SockeyeTestServer StartAt(Place place, Action<SockeyeServer> configure, Action<SockeyeBuilder>? build = null) => Start(
        server =>
        {
            if (place == Place.Pool)
            {
                server.RunHandlers(HandlerThread.Pool);
            }
            else if (place == Place.GameLoop)
            {
                server.RunHandlersOn(server.CreateLoop("game", 20));
            }

            configure(server);
        },
        build);

    internal static HookSet Set(SockeyeTestServer app, string id, object hooks, FaultMode mode = FaultMode.Open, RefusalAnswer refusals = RefusalAnswer.Event) =>
        new(id, hooks, mode, refusals, app.Context.HookOptions, app.Context.HookClock, app.Context);

    /// <summary>These plugins are asked from now on, in this order.</summary>
    internal static HookSet Use(SockeyeTestServer app, params HookSet[] sets)
    {
        app.Context.ReplaceHooks(sets);
        return sets[0];
    }

    internal static HookSet Gate(SockeyeTestServer app, GateCall gate, FaultMode mode = FaultMode.Open, RefusalAnswer refusals = RefusalAnswer.Event) =>
        Use(app, Set(app, "guard", new GateOf(gate), mode, refusals));

    internal delegate GateVerdict GateCall(EventReader e);

    internal delegate OutgoingVerdict OutgoingCall(in OutgoingEvent e);

    internal sealed class GateOf(GateCall call) : IEventGate
    {
        public GateVerdict OnEvent(EventReader e) => call(e);
    }

    internal sealed class GateOfEvents(GateCall call, params EventName[]? events) : IEventGate
    {
        public IReadOnlyCollection<EventName> Events => events!;

        public GateVerdict OnEvent(EventReader e) => call(e);
    }

    internal sealed class OutgoingOf(OutgoingCall call) : IOutgoingHook
    {
        public OutgoingVerdict OnEmit(in OutgoingEvent e) => call(e);
    }

    internal sealed class RoomOf(Action<RoomChange> call) : IRoomHook
    {
        public void OnRoom(RoomChange change) => call(change);
    }

    internal sealed class DisconnectOf(Action<SockeyeSocket, Disconnection> call) : IDisconnectHook
    {
        public void OnDisconnect(SockeyeSocket socket, Disconnection disconnection) => call(socket, disconnection);
    }

    internal sealed class ExistingOf(Action<SockeyeSocket> call) : IExistingHook
    {
        public void OnExisting(SockeyeSocket socket) => call(socket);
    }

    internal sealed class ConnectOf(Func<SockeyeSocket, CancellationToken, ValueTask<ConnectResult>> call) : IConnectHook
    {
        public ValueTask<ConnectResult> OnConnectAsync(SockeyeSocket socket, CancellationToken cancellationToken) => call(socket, cancellationToken);
    }

    internal sealed class HandshakeOf(Func<Handshake, CancellationToken, ValueTask<HandshakeVerdict>> call) : IHandshakeHook
    {
        public ValueTask<HandshakeVerdict> OnHandshakeAsync(Handshake request, CancellationToken cancellationToken) => call(request, cancellationToken);
    }

    /// <summary>The section of a plugin that has one key, or none.</summary>
    internal sealed class SectionOf(string path, string? value, string name = "Refusals", params string[] items) : IConfigurationSection
    {
        public string Key => path;

        public string Path => path;

        public string? Value { get; set; }

        public string? this[string key]
        {
            get => key == name ? value : null;
            set => throw new NotSupportedException();
        }

        public IEnumerable<IConfigurationSection> GetChildren() => items.Select((item, place) => new SectionOf($"{path}:{place}", item));

        public IChangeToken GetReloadToken() => new CancellationChangeToken(CancellationToken.None);

        public IConfigurationSection GetSection(string key) => new SectionOf($"{path}:{key}", null, "", key == name ? items : []);
    }
}
