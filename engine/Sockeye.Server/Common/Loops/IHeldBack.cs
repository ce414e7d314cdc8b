namespace Sockeye.Server.Common;

/// <summary>What is held back until the turn of a game loop ends, so that all of it leaves as one.</summary>
internal interface IHeldBack
{
    /// <summary>The turn has ended. On the game loop.</summary>
    void Release(ServerGameLoop holder);
}
