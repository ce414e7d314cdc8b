namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>An event as an output is handed it, valid during the call.</summary>
internal readonly ref struct RoutedEvent
{
    /// <summary>The namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The name.</summary>
    public required EventName Name { get; init; }

    /// <summary>The subject of the identity of who sent it; null: nobody in particular.</summary>
    public string? User { get; init; }

    /// <summary>The public id of the socket that sent it; null: none.</summary>
    public string? Socket { get; init; }

    /// <summary>The arguments as JSON, without the brackets around them.</summary>
    public ReadOnlySpan<byte> ArgumentsUtf8 { get; init; }

    /// <summary>The attachments, in the order of their placeholders.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Attachments { get; init; }
}
