namespace Sockeye.Abstractions.Sockets;

/// <summary>One awaited acknowledgement as the engine sees it. Exactly one of the two methods takes effect, the first that is called; both may be called from any thread.</summary>
internal abstract class AckCallback
{
    /// <summary>For the engine, which finds the callback by it; -1 until it is emitted, for 0 is the id of the first that is.</summary>
    public long AckId { get; set; } = -1;

    /// <summary>The acknowledgement came; the reader holds its arguments.</summary>
    public abstract void Answer(EventReader answer);

    /// <summary>It will not come.</summary>
    public abstract void Fail(AckStatus status);
}
