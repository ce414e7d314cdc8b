namespace Sockeye;

/// <summary>The end of a socket: why, in code, in Socket.IO's words, and with what is known beyond that.</summary>
public readonly struct Disconnection
{
    internal Disconnection(DisconnectReason reason, string? detail = null)
    {
        Reason = reason;
        Detail = detail;
    }

    /// <summary>Why.</summary>
    public DisconnectReason Reason { get; }

    /// <summary>Socket.IO's words for it, such as <c>transport close</c>.</summary>
    public string Text => Reason.Text();

    /// <summary>What is known beyond the reason, for logs; null if nothing is.</summary>
    public string? Detail { get; }

    /// <inheritdoc />
    public override string ToString() => Detail is null ? Text : $"{Text} ({Detail})";
}
