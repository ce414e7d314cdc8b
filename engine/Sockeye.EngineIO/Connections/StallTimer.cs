using DotNetty.Transport.Channels;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>Who is told that the peer takes nothing.</summary>
internal interface IStallOwner
{
    /// <summary>The peer has taken nothing for the whole time.</summary>
    /// <param name="pendingBytes">What waits outside the kernel.</param>
    void OnStalled(long pendingBytes);
}

/// <summary>Notices that the peer of a channel takes nothing of what is written.</summary>
/// <remarks>
/// <para><b>Owns</b> its entry in a due-list of the loop, and two figures to compare with.</para>
/// <para><b>Thread.</b> The channel's loop. It does not follow the channel to another one: stop it before.</para>
/// <para><b>Lifetime.</b> Made when the kernel has first no room, and kept as long as the channel.</para>
/// <para><b>Progress</b> is what leaves for the kernel and what the peer acknowledges. The kernel asks for more only when a third of its buffer is free, which takes a slow
/// and steady reader longer than any timeout, so the first alone would not do.</para>
/// <para><b>Cost.</b> The kernel is asked at a tenth of the time, for a figure to compare with, and at its end: never while a channel becomes writable sooner.</para>
/// </remarks>
internal sealed class StallTimer(IChannel channel, TimeSpan timeout, IStallOwner owner) : DueEntry
{
    private readonly TimeSpan _firstLook = timeout / 10;
    private long _pending;
    private int _unacknowledged;
    private bool _isFirstLook;

    /// <summary>Waits from now on, anew if it waits already.</summary>
    public void Start()
    {
        _pending = channel.PendingWriteBytes();
        _isFirstLook = true;
        Wait(_firstLook, channel.Loop().Now);
    }

    /// <summary>Waits from now on, or goes on if it waits already.</summary>
    public void EnsureStarted()
    {
        if (!IsScheduled)
        {
            Start();
        }
    }

    public void Stop() => DueList.Cancel(this);

    protected override void OnDue(TimeSpan due)
    {
        var pending = channel.PendingWriteBytes();
        if (pending == 0)
        {
            return;
        }

        // A change in either direction: what the peer has taken may have been filled up again.
        var unacknowledged = channel.UnacknowledgedBytes();
        var hasMoved = pending < _pending || (!_isFirstLook && unacknowledged != _unacknowledged);
        var isFirstLook = _isFirstLook;
        _isFirstLook = false;
        _pending = pending;
        _unacknowledged = unacknowledged;
        if (hasMoved)
        {
            Wait(timeout, due);
        }
        else if (isFirstLook)
        {
            Wait(timeout - _firstLook, due);
        }
        else
        {
            owner.OnStalled(pending);
        }
    }

    private void Wait(TimeSpan time, TimeSpan from) => channel.Loop().DueList(time).Add(this, from + time);
}
