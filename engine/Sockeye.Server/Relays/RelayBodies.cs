namespace Sockeye.Server.Relays;

/// <summary>The room for large bodies that a server collects for the sessions of others. It does not know whose they are: a stranger, whose own server would take 64 KiB of him, may send as much as anybody.</summary>
/// <remarks>It owns a count. Any thread. What a body may become is taken before any of it is read, and given back when its relay is over.</remarks>
/// <param name="most">Bytes of all of them together: a quarter of the memory budget (own).</param>
internal sealed class RelayBodies(long most)
{
    /// <summary>Bytes up to which a body needs none of the room (own, as <see cref="LimitOptions.PreAuthBytes"/>): as many connections may send that much to their own server.</summary>
    public const int Small = 64 << 10;

    private long _taken;

    /// <summary>The room that a body needs.</summary>
    /// <param name="length">Its length; -1: it does not say.</param>
    /// <param name="longest">How long it may become.</param>
    public static long RoomFor(long length, long longest) => length is >= 0 and <= Small ? 0 : length < 0 ? longest : length;

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

    /// <summary>Gives it back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
