namespace Sockeye.Server.Common;

/// <summary>The room for large bodies that a server collects without knowing whose they are: for the sessions of other servers, of whom their own takes 64 KiB of a stranger, and for the routes of plugins, which
/// look at a key when the whole body has come.</summary>
/// <remarks>It owns a count. Any thread. Lives as long as its server. What a body may become is taken before any of it is read, and given back when its relay, or the handler of its route, is over; a body that comes
/// slowly ends with <see cref="EngineIO.Http.HttpOptions.BodyTimeout"/>.</remarks>
/// <param name="most">Bytes of all of them together: a quarter of the memory budget (own).</param>
internal sealed class LargeBodies(long most)
{
    /// <summary>Bytes up to which a body needs none of the room (own, as <see cref="LimitOptions.PreAuthBytes"/>): as many connections may send that much to their own server.</summary>
    public const int Small = 64 << 10;

    private long _taken;

    /// <summary>The room that a body needs.</summary>
    /// <param name="length">Its length; -1: it does not say.</param>
    /// <param name="longest">How long it may become.</param>
    public static long RoomFor(long length, long longest)
    {
        var bytes = length < 0 ? longest : length;
        return bytes <= Small ? 0 : bytes;
    }

    /// <summary>Takes room. One body alone always finds it.</summary>
    /// <returns>False: there is not as much.</returns>
    public bool TryTake(long bytes)
    {
        if (bytes == 0)
        {
            return true;
        }

        var taken = Interlocked.Add(ref _taken, bytes);
        if (taken <= most || taken == bytes)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Takes room that was given back in this turn, for the same body.</summary>
    public void Retake(long bytes) => Interlocked.Add(ref _taken, bytes);

    /// <summary>Gives it back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
