using System.Diagnostics;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Sockets;

/// <summary>An acknowledgement with a span, from the emit until it is answered or will not be.</summary>
/// <remarks>It owns the span, and is made only while somebody listens. Told once, on the socket's loop.</remarks>
internal sealed class TracedAck : AckCallback
{
    private readonly Activity _span;

    private TracedAck(AckCallback inner, Activity span)
    {
        Inner = inner;
        AckId = inner.AckId;
        _span = span;
    }

    /// <summary>Who waits.</summary>
    public AckCallback Inner { get; }

    /// <summary>Begins the span of an acknowledgement.</summary>
    /// <returns>Who waits, unless nobody wants this span.</returns>
    public static AckCallback Of(ServerSocket socket, AckCallback callback)
    {
        // What the emit belongs to is its parent, and goes on with what it does.
        var outer = Activity.Current;
        var span = SocketTraces.Begin(socket, ActivityKind.Client, "acknowledge", null, isRoot: false);
        Activity.Current = outer;
        return span is null ? callback : new TracedAck(callback, span);
    }

    /// <inheritdoc />
    public override void Answer(EventReader answer)
    {
        SocketTraces.End(_span, null);
        Inner.Answer(answer);
    }

    /// <inheritdoc />
    public override void Fail(AckStatus status)
    {
        SocketTraces.End(_span, status.ToString());
        Inner.Fail(status);
    }

    /// <summary>Nobody waits any more.</summary>
    public void Forget() => SocketTraces.End(_span, "forgotten");
}
