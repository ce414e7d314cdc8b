namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>Publishes events to subjects of the plugin's bus, in the order in which they come from one thread. Holds nothing; any thread.</summary>
internal sealed class BusOutput : IDisposable
{
    /// <summary>Its name in metrics and the status, which no other output may have.</summary>
    public const string Name = "bus";

    private readonly OutputSupport _support;
    private readonly DropTeller _teller;

    public BusOutput(OutputSupport support)
    {
        _support = support;
        Counts = support.Counts(Name);
        _teller = new DropTeller("the bus", support.Time, support.Logger);
    }

    /// <summary>What became of its events.</summary>
    public OutputCounts Counts { get; }

    /// <summary>Publishes an event, or counts why not. Never blocks, never throws.</summary>
    /// <param name="subject">The subject, below the plugin's prefix.</param>
    /// <param name="message">The event.</param>
    /// <returns>Whether the bus has taken it.</returns>
    public bool Offer(string subject, OutgoingMessage message)
    {
        Counts.OnOffered();
        DropReason? reason = message.Body.Length > _support.Bus.MaxMessageBytes
            ? DropReason.TooLarge
            : _support.TryPublish(subject, message.Body) switch
            {
                EmitResult.Dropped => DropReason.BusFull,
                EmitResult.Closed => DropReason.BusClosed,
                _ => null,
            };
        if (reason is not { } why)
        {
            Counts.OnSent();
            return true;
        }

        Counts.OnDropped(why);
        _teller.Add(why.Name());
        return false;
    }

    /// <summary>Tells the rest.</summary>
    public void Dispose() => _teller.Dispose();
}
