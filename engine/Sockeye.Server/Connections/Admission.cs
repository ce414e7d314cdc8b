using System.Text.Json;

namespace Sockeye;

/// <summary>Asks the connection middleware of a namespace, one after the other; the first that rejects ends it.</summary>
/// <remarks>Runs on the connection's loop and comes back to it after each await. A client that goes away meanwhile is not admitted.</remarks>
internal static class Admission
{
    public static void Begin(ServerConnection connection, ServerSocket socket)
    {
        if (socket.ServerNamespace.HasAdmission)
        {
            _ = RunAsync(connection, socket);
        }
        else
        {
            connection.Admit(socket);
        }
    }

    /// <summary>Never fails: what the middleware throws refuses the client.</summary>
    private static async Task RunAsync(ServerConnection connection, ServerSocket socket)
    {
        var result = ConnectResult.Accept;
        connection.BeginAdmission();
        try
        {
            foreach (var handlers in socket.ServerNamespace.HandlerSets)
            {
                foreach (var middleware in handlers.Admission.Items)
                {
                    connection.Session.Loop.CurrentActivity = "connection middleware";
                    result = await middleware(socket, socket.Aborted).ConfigureAwait(true);
                    if (!socket.IsPending)
                    {
                        return;
                    }

                    if (!result.IsAccepted)
                    {
                        Refuse(connection, socket, result);
                        return;
                    }
                }
            }
        }
#pragma warning disable CA1031 // Whatever middleware throws is its own failure: logged, counted, reported, and the client is refused.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (socket.IsPending)
            {
                socket.RaiseError(HandlerKind.Admission, new EventContext(socket, default), failure);
                connection.Reject(socket, "Internal error", default);
            }

            return;
        }
        finally
        {
            connection.EndAdmission();
        }

        connection.Admit(socket);
    }

    private static void Refuse(ServerConnection connection, ServerSocket socket, ConnectResult result)
    {
        if (result.Data is null)
        {
            connection.Reject(socket, result.Message!, default);
            return;
        }

        var writer = EventWriter.Rent();
        try
        {
            writer.BeginAck();
            writer.Argument(connection.Server.Codec, result.Data);
            writer.End();
            connection.Reject(socket, result.Message!, writer.Arguments);
        }
        finally
        {
            writer.Return();
        }
    }
}
