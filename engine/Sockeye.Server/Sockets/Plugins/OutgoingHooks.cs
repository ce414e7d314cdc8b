using Sockeye.Abstractions.Sockets;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>Asks the hooks for outgoing events, once for each emit.</summary>
/// <remarks>On the thread that emits. What a hook itself emits meanwhile is not asked about, or it would never end.</remarks>
internal static class OutgoingHooks
{
    /// <summary>Whether the event goes on, as it is or as what has taken its place in the writer.</summary>
    /// <param name="server">The server.</param>
    /// <param name="nsp">Where to.</param>
    /// <param name="receiver">The socket that it goes to; null: a broadcast.</param>
    /// <param name="scope">Whom a broadcast reaches.</param>
    /// <param name="e">The event, ended.</param>
    public static bool Pass(ServerContext server, SockeyeNamespace nsp, SockeyeSocket? receiver, in BroadcastScope scope, EventWriter e) =>
        server.Hooks.Outgoing.Length == 0 || Ask(server, nsp, receiver, scope, e);

    private static bool Ask(ServerContext server, SockeyeNamespace nsp, SockeyeSocket? receiver, in BroadcastScope scope, EventWriter e)
    {
        var thread = HookThread.Current;
        if (thread.IsEmitting)
        {
            return true;
        }

        var began = thread.EnterSection();
        thread.IsEmitting = true;
        try
        {
            foreach (ref readonly var entry in server.Hooks.Outgoing.AsSpan())
            {
                if (!Ask(server, entry, thread, new OutgoingEvent(nsp, receiver, scope.Sender, scope.Rooms, e.Name, e.Arguments, e.Attachments), e))
                {
                    server.Metrics.Dropped(DropReason.Plugin);
                    return false;
                }
            }

            return true;
        }
        finally
        {
            thread.IsEmitting = false;
            thread.LeaveSection(began);
        }
    }

    private static bool Ask(ServerContext server, in HookEntry<IOutgoingHook> entry, HookThread thread, in OutgoingEvent outgoing, EventWriter e)
    {
        var guard = entry.Guard;
        var pass = guard.Enter();
        if (pass == HookPass.None)
        {
            return !guard.IsClosedWhenFaulted;
        }

        var outer = thread.Begin(guard);
        var before = server.HookClock.Now;
        try
        {
            var verdict = entry.Hook.OnEmit(outgoing);
            guard.Returned(pass, thread, server.HookClock.Now - before);
            if (verdict.Drops)
            {
                return false;
            }

            if (verdict.Replacement is { } replacement && !TryReplace(server, replacement, e))
            {
                guard.Failed(HookPass.Normal, HookFault.BadVerdict);
                return !guard.IsClosedWhenFaulted;
            }

            return true;
        }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and the server goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed(pass, HookFault.Threw, failure);
            return !guard.IsClosedWhenFaulted;
        }
        finally
        {
            thread.End(outer);
        }
    }

    private static bool TryReplace(ServerContext server, EventReplacement replacement, EventWriter e)
    {
        var attachments = replacement.OwnAttachments?.Length ?? e.Attachments.Length;
        var written = replacement.ArgumentsUtf8 is { } other ? other.Span : default;
        if (attachments > server.Codec.MaxAttachments
            || !((replacement.ArgumentsUtf8 is null && replacement.OwnAttachments is null)
                || ReplacedArguments.AreValid(written, replacement.ArgumentsUtf8 is null ? e.Arguments : written, attachments, server.Limits.JsonDepth)))
        {
            return false;
        }

        e.Replace(replacement.Name, replacement.ArgumentsUtf8, replacement.OwnAttachments);
        return true;
    }
}
