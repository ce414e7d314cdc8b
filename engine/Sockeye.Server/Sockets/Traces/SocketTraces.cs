using System.Diagnostics;

namespace Sockeye.Server.Sockets;

/// <summary>The traces of what sockets do: connect, events, acknowledgements. Free while nobody listens: a field is read.</summary>
/// <remarks>Any thread. Listeners are code of the application: what they throw goes no further. Spans have no parent, since what is sent brings none, and are one while what they call runs,
/// what it awaits included. Tags follow the conventions of OpenTelemetry for messaging and networks; none has a text of clients but the ids of sockets, which the server makes.</remarks>
internal static class SocketTraces
{
    public const string SourceName = "Sockeye";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Whether somebody listens.</summary>
    public static bool IsOn => s_source.HasListeners();

    /// <summary>Begins a span, which is the current one afterwards.</summary>
    /// <param name="socket">Whose.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="operation">The name of what is done.</param>
    /// <param name="subject">What the application calls it; null: nothing.</param>
    /// <param name="isRoot">Whether it has no parent, whatever runs around it.</param>
    /// <returns>Null: nobody wants this one.</returns>
    public static Activity? Begin(ServerSocket socket, ActivityKind kind, string operation, string? subject, bool isRoot)
    {
        var outer = Activity.Current;
        try
        {
            if (isRoot)
            {
                Activity.Current = null;
            }

            if (s_source.CreateActivity(subject is null ? operation : $"{operation} {subject}", kind) is { } span)
            {
                Describe(span, socket, operation);
                return span.Start();
            }
        }
#pragma warning disable CA1031 // A listener's own failure.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Without it.
        }

        Activity.Current = outer;
        return null;
    }

    /// <summary>Ends a span; the current one stays what it is.</summary>
    /// <param name="span">The span.</param>
    /// <param name="fault">What has gone wrong, of a bounded set; null: nothing.</param>
    public static void End(Activity span, string? fault)
    {
        var outer = Activity.Current;
        try
        {
            if (fault is not null)
            {
                span.SetTag("error.type", fault);
                span.SetStatus(ActivityStatusCode.Error);
            }

            span.Stop();
        }
#pragma warning disable CA1031 // As above.
        catch (Exception)
#pragma warning restore CA1031
        {
            // As above.
        }
        finally
        {
            Activity.Current = outer == span ? span.Parent : outer;
        }
    }

    // Namespaces of patterns have names that clients choose.
    private static void Describe(Activity span, ServerSocket socket, string operation)
    {
        if (!span.IsAllDataRequested)
        {
            return;
        }

        span.SetTag("messaging.system", "socketio");
        span.SetTag("messaging.operation.name", operation);
        if (socket.SocketNamespace.Table.Pattern is null)
        {
            span.SetTag("messaging.destination.name", socket.SocketNamespace.Name);
        }

        span.SetTag("messaging.client.id", socket.Id);
        span.SetTag("network.transport", "tcp");
        span.SetTag("network.protocol.name", socket.Connection.Transport == "websocket" ? "websocket" : "http");
    }
}
