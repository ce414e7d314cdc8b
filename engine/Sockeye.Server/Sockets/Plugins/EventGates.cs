using Sockeye.Abstractions;
using Sockeye.Abstractions.Sockets;
using Sockeye.Plugins;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>What stands before an event: the permissions of whoever sent it, then the gates of plugins. Only what they let through, or put in its place, is seen by anybody else.</summary>
/// <remarks>Where the handlers of the socket run. It allocates where something is refused, and where an event has no handler whose name it could take.</remarks>
internal static class EventGates
{
    private static readonly EventRefusal s_forbidden = new("You may not send this event.", RefusalCode.Forbidden);
    private static readonly EventRefusal s_unavailable = new("What decides about this event does not work at the moment.", RefusalCode.Unavailable);

    private static readonly KeyValuePair<string, object?> s_byAccess = new("by", "access");

    /// <summary>Asks, then handles the event, or what has taken its place.</summary>
    public static void Run(ServerSocket socket, in ReceivedEvent e)
    {
        if (socket.Identity is { Access: { } rules } identity && !rules.MayEmit(socket.SocketNamespace.Name, e.Name, identity.Subject))
        {
            var name = HandlerCalls.NameOf(socket, e);
            Refuse(socket, new EventContext(socket, name, e.AckId), name, s_forbidden, RefusalAnswer.Event, s_byAccess);
            return;
        }

        var thread = HookThread.Current;
        var began = thread.EnterSection();
        try
        {
            var hooks = socket.SocketNamespace.Server.Hooks;
            ExistingHooks.Tell(socket, hooks, thread);
            if (hooks.Gates.Length > 0)
            {
                Ask(socket, e, hooks.Gates, thread, ref began);
                return;
            }
        }
        finally
        {
            thread.LeaveSection(began);
        }

        HandlerCalls.Handle(socket, e, default);
    }

    /// <param name="socket">The socket.</param>
    /// <param name="e">What it has sent.</param>
    /// <param name="gates">The gates.</param>
    /// <param name="thread">This thread.</param>
    /// <param name="began">Whether to leave the section; false afterwards if it was left before the handlers.</param>
    private static void Ask(ServerSocket socket, in ReceivedEvent e, HookEntry<IEventGate>[] gates, HookThread thread, ref bool began)
    {
        var server = socket.SocketNamespace.Server;
        var sent = HandlerCalls.NameOf(socket, e);
        var context = new EventContext(socket, sent, e.AckId);
        var current = e;
        var before = server.HookClock.Now;
        for (var i = 0; i < gates.Length; i++)
        {
            ref readonly var gate = ref gates[i];
            var guard = gate.Guard;
            var pass = guard.Enter();
            var verdict = default(GateVerdict);
            var isAsked = pass != HookPass.None;
            if (isAsked)
            {
                var outer = thread.Begin(guard);
                socket.NameActivity(guard.Name, guard);
                try
                {
                    verdict = gate.Hook.OnEvent(new EventReader(context, current.Name, current.Arguments, current.Attachments, socket.Codec));
                    var now = server.HookClock.Now;
                    guard.Returned(pass, thread, now - before);
                    before = now;
                }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted, logged, and the server goes on.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    guard.Failed(pass, HookFault.Threw, failure);
                    isAsked = false;
                    before = server.HookClock.Now;
                }
                finally
                {
                    thread.End(outer);
                }
            }

            if (isAsked && verdict.Replacement is { } replacement && !TryReplace(ref current, replacement, server.Limits.JsonDepth))
            {
                guard.Failed(HookPass.Normal, HookFault.BadVerdict);
                isAsked = false;
            }
            else if (isAsked && verdict.Replacement is { } taken)
            {
                context = context.Renamed(taken.Name);
            }

            if (!isAsked)
            {
                if (guard.IsClosedWhenFaulted)
                {
                    Refuse(socket, context, sent, s_unavailable, gate.Refusals, new("by", guard.Plugin));
                    return;
                }

                continue;
            }

            if (verdict.Refusal is { } refusal)
            {
                Refuse(socket, context, sent, refusal, gate.Refusals, new("by", guard.Plugin));
                return;
            }

            if (verdict.Stops)
            {
                return;
            }
        }

        // Handlers may take their time: they have no part in what was replaced.
        thread.LeaveSection(began);
        began = false;
        HandlerCalls.Handle(socket, current, context);
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
