using Sockeye.Transport.Common;

namespace Sockeye.Transport.Channels;

/// <summary>
/// How long a closed channel keeps its descriptor: while the peer takes what was written, and then until it has ended its own output, so that it reads our
/// last bytes instead of a reset. It owns the timer of both and the count of input that is thrown away meanwhile.
/// </summary>
/// <remarks>
/// On the channel's loop, which the channel does not leave any more. Made when a close has to wait, one for each channel; it ends with the descriptor. A peer
/// that takes nothing for <see cref="TransportOptions.CloseTimeout"/> is reset. One that goes on sending has <see cref="TransportOptions.LingerTime"/> and
/// <see cref="TransportOptions.LingerBytes"/>; one that is silent and does not end either has <see cref="Silence"/>.
/// </remarks>
internal sealed class ChannelClosing(ITransportChannel channel) : DueEntry
{
    /// <summary>How long a peer that sends nothing may take to end its output. Looked at once in each such time.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    private (long Pending, int Unacknowledged) _left;
    private TimeSpan _lingerEnd;
    private int _discarded, _discardedBefore;
    private bool _isLingering;

    protected internal override bool IsDeadline => true;

    /// <summary>Whether no more input is thrown away.</summary>
    internal bool IsFull => _discarded >= channel.Settings.LingerBytes;

    /// <summary>What was written waits for the peer.</summary>
    internal void AwaitOutput() => AwaitOutput((channel.PendingBytes, channel.Unacknowledged()));

    /// <summary>Our output has ended; the peer's end is waited for.</summary>
    internal void Linger()
    {
        _isLingering = true;
        _lingerEnd = channel.Loop().Now + channel.Settings.LingerTime;
        AwaitInput();
    }

    /// <summary>Counts input that was thrown away.</summary>
    internal void Discarded(int bytes) => _discarded += bytes;

    protected internal override void OnDue(TimeSpan due)
    {
        if (_isLingering)
        {
            if (_discarded == _discardedBefore || channel.Loop().Now >= _lingerEnd)
            {
                channel.Drop();
            }
            else
            {
                AwaitInput();
            }

            return;
        }

        // The kernel's share goes down while the peer takes something, and up when it has made room for more.
        (long Pending, int Unacknowledged) now = (channel.PendingBytes, channel.Unacknowledged());
        if (now.Pending < _left.Pending || now.Unacknowledged != _left.Unacknowledged)
        {
            AwaitOutput(now);
            return;
        }

        TransportLog.CloseTimedOut(channel.Settings.Logger, channel.RemoteAddress);
        channel.Abort();
    }

    private void AwaitOutput((long Pending, int Unacknowledged) left)
    {
        _left = left;
        Wait(channel.Settings.CloseTimeout);
    }

    private void AwaitInput()
    {
        _discardedBefore = _discarded;
        var loop = channel.Loop();
        var due = loop.Now + Silence;
        loop.DueList(Silence).Add(this, due < _lingerEnd ? due : _lingerEnd);
    }

    private void Wait(TimeSpan time) => channel.Loop().DueList(time).Add(this);
}
