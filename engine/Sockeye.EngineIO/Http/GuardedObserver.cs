using Microsoft.Extensions.Logging;
using Sockeye.EngineIO.Connections;

namespace Sockeye.EngineIO.Http;

/// <summary>The engine's way to its observer: what that throws is logged and goes no further. Any thread.</summary>
internal sealed class GuardedObserver(IEngineObserver inner, ILogger logger) : IEngineObserver
{
    /// <inheritdoc />
    public void OnRuleBroken(string rule)
    {
        try
        {
            inner.OnRuleBroken(rule);
        }
        catch (Exception exception)
        {
            ChannelLog.ObserverFailed(logger, nameof(OnRuleBroken), exception);
        }
    }

    /// <inheritdoc />
    public void OnMessagesDropped(OutboxDrop reason, long count)
    {
        try
        {
            inner.OnMessagesDropped(reason, count);
        }
        catch (Exception exception)
        {
            ChannelLog.ObserverFailed(logger, nameof(OnMessagesDropped), exception);
        }
    }

    /// <inheritdoc />
    public void OnConnectionError(EngineConnectionError refusal)
    {
        try
        {
            inner.OnConnectionError(refusal);
        }
        catch (Exception exception)
        {
            ChannelLog.ObserverFailed(logger, nameof(OnConnectionError), exception);
        }
    }

    /// <inheritdoc />
    public void OnHeartbeat(TimeSpan roundTrip)
    {
        try
        {
            inner.OnHeartbeat(roundTrip);
        }
        catch (Exception exception)
        {
            ChannelLog.ObserverFailed(logger, nameof(OnHeartbeat), exception);
        }
    }
}
