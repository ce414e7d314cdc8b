using System.Runtime.CompilerServices;
using Sockeye.Abstractions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>What stands before an event: the permissions of whoever sent it, then the gates of plugins. Only what they let through, or put in its place, is seen by anybody else.</summary>
/// <remarks>Where the handlers of the socket run. It allocates where something is refused, and where an event has no handler whose name it could take.</remarks>
internal static class EventGates
{
    private static readonly EventRefusal s_forbidden = new("You may not send this event.", RefusalCode.Forbidden);
    private static readonly EventRefusal s_unavailable = new("What decides about this event does not work at the moment.", RefusalCode.Unavailable);

    /// <summary>Asks, then handles the event, or what has taken its place.</summary>
    public static void Run(ServerSocket socket, in ReceivedEvent e)
    {
        if (socket.Identity is { Access: { } rules } identity && !rules.MayEmit(socket.SocketNamespace.Name, e.Name, identity))
        {
            Forbid(socket, e);
            return;
        }

        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            var hooks = socket.SocketNamespace.Server.Hooks;
            ExistingHooks.Tell(socket, hooks, thread);
            for (var gates = hooks.Gates.AsSpan(); !gates.IsEmpty; gates = gates[1..])
            {
                if (gates[0].Asks(e.Name, e.IsNumeric))
                {
                    Ask(socket, e, gates, thread, ref began);
                    return;
                }
            }
        }
        finally
        {
            thread.LeaveSection(began);
        }

        HandlerCalls.Handle(socket, e);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forbid(ServerSocket socket, in ReceivedEvent e)
    {
        var name = HandlerCalls.NameOf(socket, e);
        Refuse(socket, new EventContext(socket, name, e.AckId), name, s_forbidden, RefusalAnswer.Event, SockeyeMetrics.ByAccess);
    }

    /// <param name="socket">The socket.</param>
    /// <param name="e">What it has sent.</param>
    /// <param name="gates">The gates, from the first one that is asked about it on.</param>
    /// <param name="thread">This thread.</param>
    /// <param name="began">Whether to leave the section; false afterwards if it was left before the handlers.</param>
    private static void Ask(ServerSocket socket, in ReceivedEvent e, ReadOnlySpan<GateEntry> gates, HookThread thread, ref bool began)
    {
        // The call of a gate and what is rare are in methods of their own: the locals of this one are cleared for each event.
        var clock = socket.SocketNamespace.Server.HookClock;
        var sent = HandlerCalls.NameOf(socket, e, out var lookup);
        var current = e;
        var reader = new EventReader(new EventContext(socket, sent, e.AckId), e.Name, e.Arguments, e.Attachments, socket.Codec);
        var before = clock.Now;
        foreach (ref readonly var gate in gates)
        {
            if (!gate.Asks(current.Name, current.IsNumeric))
            {
                continue;
            }

            var verdict = Call(socket, gate, thread, reader, clock, ref before, out var isAnswered);
            if (!isAnswered
                || (verdict.Replacement is { } replacement && !TryReplace(socket, gate.Guard, replacement, ref current, ref reader, ref lookup)))
            {
                if (gate.Guard.IsClosedWhenFaulted)
                {
                    Refuse(socket, reader, sent, s_unavailable, gate);
                    return;
                }
            }
            else if (verdict.Refusal is { } refusal)
            {
                Refuse(socket, reader, sent, refusal, gate);
                return;
            }
            else if (verdict.Stops)
            {
                return;
            }
        }

        // Handlers may take their time: they have no part in what was replaced.
        thread.LeaveSection(began);
        began = false;
        HandlerCalls.Handle(socket, current, reader, lookup);
    }

    /// <summary>Calls one gate, guarded and measured.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="thread">This thread.</param>
    /// <param name="reader">The event as it is now.</param>
    /// <param name="clock">The server's clock.</param>
    /// <param name="before">When the gate before has come back; then, when this one has.</param>
    /// <param name="isAnswered">False: it is not asked at the moment, or has failed.</param>
    /// <returns>What it has decided.</returns>
    private static GateVerdict Call(ServerSocket socket, in GateEntry gate, HookThread thread, in EventReader reader, HookClock clock, ref long before, out bool isAnswered)
    {
        isAnswered = false;
        var guard = gate.Guard;
        var pass = guard.Enter();
        if (pass == HookPass.None)
        {
            return default;
        }

        var outer = thread.Begin(guard);
        socket.NameActivity(guard.Name, guard);
        try
        {
            var verdict = gate.Hook.OnEvent(reader);
            var now = clock.Now;
            guard.Returned(pass, thread, now - before);
            before = now;
            isAnswered = true;
            return verdict;
        }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and the server goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed(pass, HookFault.Threw, failure);
            before = clock.Now;
            return default;
        }
        finally
        {
            thread.End(outer);
        }
    }

    /// <summary>Puts the replacement in the place of an event for those who come next, if it is one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryReplace(ServerSocket socket, HookGuard guard, EventReplacement replacement, ref ReceivedEvent e, ref EventReader reader, ref EventLookup lookup)
    {
        if (!TryReplace(ref e, replacement, socket.SocketNamespace.Server.Limits.JsonDepth))
        {
            guard.Failed(HookPass.Normal, HookFault.BadVerdict);
            return false;
        }

        lookup = default;
        reader = new EventReader(reader.Context.Renamed(replacement.Name), e.Name, e.Arguments, e.Attachments, socket.Codec);
        return true;
    }

    /// <summary>Puts the replacement in the place of an event, if it is one.</summary>
    private static bool TryReplace(ref ReceivedEvent e, EventReplacement replacement, int depth)
    {
        if (replacement.ArgumentsUtf8 is null && replacement.OwnAttachments is null)
        {
            e = new ReceivedEvent(replacement.NameUtf8, replacement.Name.IsNumber, e.Arguments, e.AckId, e.Attachments);
            return true;
        }

        var attachments = replacement.OwnAttachments is { } given ? given : e.Attachments;
        var arguments = replacement.ArgumentsUtf8 is { } other ? other.Span : e.Arguments;
        if (!ReplacedArguments.AreValid(replacement.ArgumentsUtf8 is null ? default : arguments, arguments, attachments.Length, depth))
        {
            return false;
        }

        e = new ReceivedEvent(replacement.NameUtf8, replacement.Name.IsNumber, arguments, e.AckId, attachments);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Refuse(ServerSocket socket, in EventReader reader, EventName sent, EventRefusal refusal, in GateEntry gate) =>
        Refuse(socket, reader.Context, sent, refusal, gate.Refusals, new("by", gate.Guard.Plugin));

    private static void Refuse(ServerSocket socket, in EventContext context, EventName sent, EventRefusal refusal, RefusalAnswer answer, KeyValuePair<string, object?> by)
    {
        socket.SocketNamespace.Server.Metrics.EventRefused(by);
        switch (answer)
        {
            case RefusalAnswer.Event:
                socket.TellRefused(sent, refusal);
                context.Refuse(refusal);
                break;
            case RefusalAnswer.Ack:
                context.Refuse(refusal);
                break;
            case RefusalAnswer.Disconnect:
                socket.Disconnect();
                break;
        }
    }
}
