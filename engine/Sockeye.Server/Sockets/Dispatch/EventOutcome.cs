namespace Sockeye.Server.Sockets;

/// <summary>What the client of one event is told when nobody answers it: the refusal, once all that the event has called is over.</summary>
/// <remarks>A local of the call that handles the event. It allocates only where several see the event and one of them awaits, or where something fails.</remarks>
/// <param name="isTold">Whether the client waits for an answer and its namespace answers failures; without it nothing happens here.</param>
/// <param name="isShared">Whether more than one sees the event that can await.</param>
internal struct EventOutcome(bool isTold, bool isShared)
{
    private EventRefusal? _refusal;
    private OpenAnswer? _open;

    /// <summary>The event is refused, unless somebody answers it. The first reason counts.</summary>
    public void Refuse(EventRefusal refusal)
    {
        if (isTold)
        {
            _refusal ??= refusal;
        }
    }

    /// <summary>Something that was called for the event has failed.</summary>
    public void Fail(ServerSocket socket, Exception failure)
    {
        if (isTold)
        {
            _refusal ??= socket.RefusalFor(failure);
        }
    }

    /// <summary>What a handler that awaits shares with the others; null: it is alone, or nobody is told.</summary>
    public OpenAnswer? Share(EventContext context)
    {
        if (!isTold || !isShared)
        {
            return null;
        }

        _open ??= new OpenAnswer(context);
        _open.Begin();
        return _open;
    }

    /// <summary>The call is over.</summary>
    public readonly void End(in EventContext context)
    {
        if (_open is not null)
        {
            _open.End(_refusal);
        }
        else if (_refusal is not null)
        {
            context.Refuse(_refusal);
        }
    }
}

/// <summary>The outcome of an event that handlers which await have in common: the last of them that ends tells the client, if one has failed and none has answered.</summary>
/// <remarks>Any thread. From the first handler that awaits until the last one has ended.</remarks>
internal sealed class OpenAnswer(EventContext context)
{
    private int _running = 1;   // the call, and each handler of it that awaits
    private EventRefusal? _refusal;

    public void Begin() => Interlocked.Increment(ref _running);

    /// <summary>The call, or a handler, is over.</summary>
    /// <param name="refusal">Why it was in vain; null: it was not.</param>
    public void End(EventRefusal? refusal)
    {
        if (refusal is not null)
        {
            Interlocked.CompareExchange(ref _refusal, refusal, null);
        }

        if (Interlocked.Decrement(ref _running) == 0 && Volatile.Read(ref _refusal) is { } first)
        {
            context.Refuse(first);
        }
    }
}
