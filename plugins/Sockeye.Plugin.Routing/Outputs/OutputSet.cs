using System.Collections.Frozen;
using System.Text.Json;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>The outputs of the plugin by name, replaced as a whole; what did not change goes on. Changes come one at a time, all else from any thread.</summary>
/// <remarks>A change is prepared, and then either taken or given up, so that a file with a fault changes nothing.</remarks>
internal sealed class OutputSet(OutputSupport support) : IAsyncDisposable
{
    /// <summary>Outputs at most: 256 (own: each has connections, a queue and a label in the metrics).</summary>
    public const int MaxOutputs = 256;

    private readonly Lock _lock = new();
    private readonly List<Task> _retiring = [];
    private volatile FrozenDictionary<string, HttpOutput> _current = FrozenDictionary<string, HttpOutput>.Empty;

    /// <summary>The bus.</summary>
    public BusOutput Bus { get; } = new(support);

    /// <summary>The outputs as they are now.</summary>
    public IReadOnlyDictionary<string, HttpOutput> Current => _current;

    /// <summary>Makes what a changed configuration needs beside what is there already.</summary>
    /// <param name="wanted">The outputs by name, checked.</param>
    public IReadOnlyDictionary<string, HttpOutput> Prepare(IReadOnlyDictionary<string, HttpOutputOptions> wanted) =>
        wanted.ToFrozenDictionary(
            one => one.Key,
            one => _current.GetValueOrDefault(one.Key) is { } same && same.Options.Equals(one.Value) ? same : new HttpOutput(one.Key, one.Value, support),
            StringComparer.Ordinal);

    /// <summary>What was prepared takes over. What it replaces delivers what it has, in the background.</summary>
    public void Commit(IReadOnlyDictionary<string, HttpOutput> prepared)
    {
        var before = _current;
        _current = prepared.ToFrozenDictionary(StringComparer.Ordinal);
        foreach (var (name, output) in before)
        {
            var successor = prepared.GetValueOrDefault(name);
            if (ReferenceEquals(output, successor))
            {
                continue;
            }

            if (successor is not null)
            {
                output.ReplaceBy(successor);
            }

            Retire(output);
        }
    }

    /// <summary>What was prepared is not needed.</summary>
    public async ValueTask AbandonAsync(IReadOnlyDictionary<string, HttpOutput> prepared)
    {
        foreach (var output in prepared.Values.Where(output => _current.GetValueOrDefault(output.Name) != output))
        {
            await output.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes how all of them stand as a value.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject(BusOutput.Name);
        Bus.Counts.Write(json);
        json.WriteEndObject();
        foreach (var (name, output) in _current.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(name);
            output.WriteStatus(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Ends all of them, at once, each within its own limit.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var output in _current.Values)
        {
            Retire(output);
        }

        Task[] all;
        lock (_lock)
        {
            all = [.. _retiring];
        }

        await Task.WhenAll(all).ConfigureAwait(false);
        Bus.Dispose();
    }

    private void Retire(HttpOutput output)
    {
        lock (_lock)
        {
            _retiring.RemoveAll(static task => task.IsCompleted);
            _retiring.Add(output.DisposeAsync().AsTask());
        }
    }
}
