namespace Sockeye.Transport.Loops;

/// <summary>Something that the last turn has left for this one, for example a channel that is not read empty. Added with <see cref="LoopBase.AtTurnStart"/>.</summary>
internal interface ITurnStart
{
    /// <summary>Runs on the loop, behind what is due and before the events of the turn.</summary>
    void OnTurnStart();
}
