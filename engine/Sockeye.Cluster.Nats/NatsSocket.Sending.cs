using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sockeye.Cluster.Nats;

// Two send: the client what it has to say itself, and NatsOutgoing what is published. Each has the socket until its command is whole.
internal sealed partial class NatsSocket
{
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>Held by whoever is within a command: at first the client, which has to introduce itself.</summary>
    private readonly SemaphoreSlim _sending = new(0, 1);
    private readonly CancellationTokenSource _gone = new();
    private NatsCommands _commands;
    private bool _isClients = true;

    /// <summary>The client sends.</summary>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
    {
        if (!_isClients && !_sending.Wait(0, CancellationToken.None))
        {
            return SendInTurnAsync(buffer);
        }

        _isClients = true;
        var sent = TrySend(buffer.Span);

        // It is full, or there is a fault, which the socket names.
        return sent > 0 ? new ValueTask<int>(SentByClient(buffer.Span[..sent])) : SendLaterAsync(buffer);
    }

    /// <summary>Sends what is published, without waiting for anything.</summary>
    /// <returns>False: not all of it; <see cref="SendRestAsync"/> has to follow.</returns>
    public bool TrySend(NatsBatch batch)
    {
        if (!_sending.Wait(0, CancellationToken.None))
        {
            return false;
        }

        batch.Sent += Math.Max(0, TrySend(batch.Rest.Span));
        if (batch.Sent > 0 && !batch.Rest.IsEmpty)
        {
            return false;
        }

        _sending.Release();
        return batch.Rest.IsEmpty;
    }

    /// <summary>Sends all of what is published, or the rest of it.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    /// <exception cref="ObjectDisposedException">As before.</exception>
    /// <exception cref="OperationCanceledException">As before.</exception>
    public async Task SendRestAsync(NatsBatch batch)
    {
        if (batch.Sent == 0)
        {
            await _sending.WaitAsync(_gone.Token).ConfigureAwait(false);
            batch.Sent = Math.Max(0, TrySend(batch.Rest.Span));
        }

        while (!batch.Rest.IsEmpty)
        {
            // Whoever fails in the middle of a command keeps the place: nothing may follow.
            batch.Sent += await SendBlockingAsync(batch.Rest).ConfigureAwait(false);
        }

        _sending.Release();
    }

    private async ValueTask<int> SendInTurnAsync(ReadOnlyMemory<byte> buffer)
    {
        await _sending.WaitAsync(_gone.Token).ConfigureAwait(false);
        _isClients = true;
        return await SendLaterAsync(buffer).ConfigureAwait(false);
    }

    private async ValueTask<int> SendLaterAsync(ReadOnlyMemory<byte> buffer)
    {
        var sent = await SendBlockingAsync(buffer).ConfigureAwait(false);
        return SentByClient(buffer.Span[..sent]);
    }

    private int SentByClient(ReadOnlySpan<byte> bytes)
    {
        _commands.Pass(bytes);
        if (_commands.IsBetween)
        {
            _isClients = false;
            _sending.Release();
        }

        return bytes.Length;
    }

    private Task<int> SendBlockingAsync(ReadOnlyMemory<byte> bytes) => Task.Factory.StartNew(
        static state => ((NatsSocket)((object[])state!)[0])._socket.Send(((ReadOnlyMemory<byte>)((object[])state)[1]).Span),
        new object[] { this, bytes }, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return (int)Send(_socket.SafeHandle, bytes, (nuint)bytes.Length, DontWait | NoSignal);
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, nuint length, int flags);
}
