using Sockeye.Transport;

namespace Sockeye.EngineIO.Connections;

/// <summary>The session that an <see cref="Outbox"/> belongs to.</summary>
internal interface IOutboxOwner
{
    /// <summary>The loop that the outbox lives on. Any thread.</summary>
    ITransportLoop Loop { get; }

    /// <summary>Sends on the loop what another thread has posted (<see cref="Outbox.Post"/>). Takes the reference in every case.</summary>
    EmitResult Send(Frame frame, bool isVolatile, OutboxPolicy whenFull, string? key, long keyId);

    /// <summary>Called once each time <see cref="Outbox.Bytes"/> has fallen to the low mark after having been at or above the high mark, from inside
    /// <see cref="Outbox.ReportTransport"/>. The outbox may be filled from it.</summary>
    void OnWritable();
}
