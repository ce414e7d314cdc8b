namespace Sockeye;

/// <summary>The acknowledgements of one broadcast while they come in, from any loop.</summary>
/// <remarks>The engine calls <see cref="Begin"/> once with the number of loops that will select members, <see cref="Expect"/> for each member,
/// <see cref="PartDone"/> when a loop has selected all of its members, and <see cref="Expire"/> when the time is over.
/// It is complete when all loops are done and each member has answered or gone.</remarks>
internal abstract class BroadcastAckCollector
{
    /// <summary>Says how many loops will call <see cref="PartDone"/>; 0 completes at once.</summary>
    public abstract void Begin(int parts);

    /// <summary>A member was selected; the callback waits for its answer.</summary>
    public abstract AckCallback Expect(string socketId);

    /// <summary>A loop has selected all of its members.</summary>
    public abstract void PartDone();

    /// <summary>The time is over: who has not answered is missing.</summary>
    public abstract void Expire();
}
