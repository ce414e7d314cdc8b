namespace Sockeye.Load;

/// <summary>A running server under test.</summary>
/// <param name="Name">As in the tables.</param>
/// <param name="Port">On 127.0.0.1.</param>
/// <param name="ProcessId">Whose CPU time and memory are measured.</param>
/// <param name="Dialect">How it is spoken to.</param>
internal sealed record Target(string Name, int Port, int ProcessId, Dialect Dialect)
{
    /// <summary>It answers questions about its turns and its collector.</summary>
    public bool TellsRuntime { get; init; }
}
