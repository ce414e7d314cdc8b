using Sockeye.EngineIO;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;
using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Clients;

/// <summary>Asks the plugins about a session before it exists.</summary>
/// <remarks>On the loop of the request. Each has <see cref="EngineOptions.HookTimeout"/>.</remarks>
internal sealed class HandshakeHooks(ServerContext server) : IHandshakeGate
{
    /// <inheritdoc />
    public bool IsNeeded => server.Hooks.Handshakes.Length > 0;

    /// <inheritdoc />
    public async ValueTask<HandshakeVerdict> DecideAsync(EngineRequest request, ITransportLoop home, CancellationToken gone)
    {
        var handshake = new Handshake(new RequestHandshake(request), AuthPayload.Empty);
        var entries = HookChain.Begin(server, static hooks => hooks.Handshakes);
        try
        {
            foreach (var entry in entries)
            {
                var answer = await AsyncHook.AskAsync(
                    entry.Guard, home, server.HookClock, server.HookTimeout, token => entry.Hook.OnHandshakeAsync(handshake, token), gone).ConfigureAwait(true);
                if (answer.State == HookAnswerState.Gone)
                {
                    break;
                }

                if (answer.State == HookAnswerState.Failed && entry.Guard.IsClosedWhenFaulted)
                {
                    return HandshakeVerdict.Refuse("Unavailable", 503);
                }

                if (answer.State == HookAnswerState.Answered && answer.Value.Message is not null)
                {
                    return answer.Value;
                }
            }
        }
        finally
        {
            HookChain.End(entries);
        }

        return HandshakeVerdict.Continue;
    }
}
