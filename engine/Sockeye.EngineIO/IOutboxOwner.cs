namespace Sockeye.EngineIO;

/// <summary>Who fills an <see cref="Outbox"/>.</summary>
public interface IOutboxOwner
{
    /// <summary>Called once each time <see cref="Outbox.Bytes"/> has fallen to the low mark after having been at or above the high mark, from inside
    /// <see cref="Outbox.ReportTransport"/>. The outbox may be filled from it.</summary>
    void OnWritable();
}
