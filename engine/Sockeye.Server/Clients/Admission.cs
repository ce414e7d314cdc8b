using Sockeye.Server.Sockets;
using Sockeye.Transport;

namespace Sockeye.Server.Clients;

/// <summary>Asks the plugins, then the connection middleware of a namespace, one after the other; the first that rejects ends it. In a cluster it waits, behind all of them, until what other servers say to the client comes here.</summary>
/// <remarks>Runs on the connection's loop and comes back to it after each await. A client that goes away meanwhile is not admitted, one for which it takes too long is refused.</remarks>
internal static class Admission
{
    public static void Begin(SocketIOClient client, ServerSocket socket)
    {
        if (SocketTraces.IsOn)
        {
            CallTrace.Connect(client, socket, BeginAsync);
        }
        else
        {
            _ = BeginAsync(client, socket);
        }
    }

    private static Task BeginAsync(SocketIOClient client, ServerSocket socket)
    {
        if (socket.SocketNamespace.HasAdmission || client.Server.Hooks.Connects.Length > 0 || !socket.SocketNamespace.WhenListening(socket).IsCompleted)
        {
            return RunAsync(client, socket);
        }

        client.Admit(socket);
        return Task.CompletedTask;
    }

    /// <summary>Never fails: what the middleware throws refuses the client.</summary>
    private static async Task RunAsync(SocketIOClient client, ServerSocket socket)
    {
        client.BeginAdmission();

        // All of the plugins' that this client meets count as called until it is through: it meets each in one generation.
        var sets = socket.SocketNamespace.HandlerSets;
        foreach (var handlers in sets)
        {
            handlers.Calls?.Begin();
        }

        Deadline? deadline = null;
        try
        {
            if (client.Server.Hooks.Connects.Length > 0)
            {
                if (await ConnectHooks.AskAsync(client, socket).ConfigureAwait(true) is not { } decided)
                {
                    return;
                }

                if (!decided.IsAccepted)
                {
                    Refuse(client, socket, decided);
                    return;
                }
            }

            if (Array.Exists(sets, static handlers => handlers.Admission.Items.Length > 0))
            {
                deadline = new Deadline(client, socket);
                client.Session.Loop.DueList(client.Server.AdmissionTimeout).Add(deadline);
            }

            foreach (var handlers in sets)
            {
                foreach (var middleware in handlers.Admission.Items)
                {
                    client.Session.Loop.CurrentActivity = middleware.Name ??= "connection middleware " + MethodText.Of(middleware.Method);
                    var decision = middleware.Decide(socket, socket.Aborted).AsTask();
                    if (!decision.IsCompleted)
                    {
                        await Decided(decision).ConfigureAwait(true);
                    }

                    var result = await decision.ConfigureAwait(true);
                    if (!socket.IsPending)
                    {
                        return;
                    }

                    if (!result.IsAccepted)
                    {
                        Refuse(client, socket, result);
                        return;
                    }
                }
            }

            DueList.Cancel(deadline);
            if (socket.SocketNamespace.WhenListening(socket) is { IsCompleted: false } listening)
            {
                await Decided(listening).ConfigureAwait(true);
                if (!socket.IsPending)
                {
                    return;
                }
            }
        }
#pragma warning disable CA1031 // Whatever middleware throws is its own failure: logged, counted, reported, and the client is refused.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            // What ends because the client is gone, or was refused, has not failed.
            if (socket.IsPending || failure is not OperationCanceledException)
            {
                socket.RaiseError(HandlerKind.Admission, new EventContext(socket, default), failure);
            }

            if (socket.IsPending)
            {
                client.Reject(socket, "Internal error", default);
            }

            return;
        }
        finally
        {
            client.EndAdmission();
            foreach (var handlers in sets)
            {
                handlers.Calls?.End();
            }

            DueList.Cancel(deadline);
        }

        client.Admit(socket);
    }

    /// <summary>Whoever completes a decision may be the handler of another socket: what follows has a turn of its own, so that no handler runs inside another one's call.</summary>
    private static async Task Decided(Task decision)
    {
        await decision.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield();
    }

    /// <summary>Data that cannot be written is a failure of the middleware, and the client is told the message without it.</summary>
    private static void Refuse(SocketIOClient client, ServerSocket socket, ConnectResult result)
    {
        if (result.Data == ConnectHooks.Unavailable)
        {
            client.Reject(socket, result.Message!, "{\"code\":\"unavailable\"}"u8);
            return;
        }

        if (result.Data is null)
        {
            client.Reject(socket, result.Message!, default);
            return;
        }

        var writer = EventWriter.Rent();
        try
        {
            writer.BeginAck("the data of a refusal");
            writer.Value(client.Server.Codec, result.Data);
            writer.End();
            if (!writer.Attachments.IsEmpty)
            {
                writer.Return();
                throw new NotSupportedException("The data of a refusal has bytes, which cannot travel with it: send them as a text.");
            }
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            socket.RaiseError(HandlerKind.Admission, new EventContext(socket, default), failure);
            if (socket.IsPending)
            {
                client.Reject(socket, result.Message!, default);
            }

            return;
        }

        client.Reject(socket, result.Message!, writer.Arguments);
        writer.Return();
    }

    /// <summary>The moment at which a client that is neither admitted nor rejected is refused.</summary>
    private sealed class Deadline(SocketIOClient client, ServerSocket socket) : DueEntry
    {
        /// <inheritdoc />
        protected override bool IsDeadline => true;

        /// <inheritdoc />
        protected override void OnDue(TimeSpan due)
        {
            if (socket.IsPending)
            {
                socket.RaiseError(HandlerKind.Admission, new EventContext(socket, default), new TimeoutException("The connection middleware did not decide in time."));
            }

            // A listener of errors may have closed the connection.
            if (socket.IsPending)
            {
                client.Reject(socket, "timeout", default);
            }
        }
    }
}
