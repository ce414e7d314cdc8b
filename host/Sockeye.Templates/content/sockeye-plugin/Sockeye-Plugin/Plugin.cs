using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Plugins;

namespace Sockeye_Plugin;

/// <summary>Answers the event "hello", refuses one event by its name, counts them all, and tells over HTTP how many there were.</summary>
/// <remarks>Hooks and handlers of different sockets run at the same time: what they share is replaced as a whole, or counted with Interlocked.</remarks>
[SockeyePlugin("PLUGIN_ID", "1.0.0")]
public sealed class Plugin : ISockeyePlugin, IEventGate, IReloadHook, IConfigurationCheck
{
    private volatile Settings _settings = new("Hello", "shout");
    private Counter<long>? _counter;
    private long _events;

    public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _settings = Settings.From(context.Configuration);
        _counter = context.Meter.CreateCounter<long>("events", "{event}", "Events of clients");
        context.Server.OnWithAck("hello", (string name) => $"{_settings.Greeting}, {name}!");
        context.MapHttp("GET", "/status", (request, cancellation) => ValueTask.FromResult(
            PluginResponse.Text($"generation {context.Generation}: {Interlocked.Read(ref _events)} events\n")));
        context.Logger.LogInformation("Generation {Generation} greets with {Greeting}", context.Generation, _settings.Greeting);
        return ValueTask.CompletedTask;
    }

    // Each event of each client, before its handler. It decides at once: what takes time belongs into IConnectHook.
    public GateVerdict OnEvent(EventReader e)
    {
        Interlocked.Increment(ref _events);
        _counter?.Add(1);
        return e.Is(_settings.RefusedUtf8) ? GateVerdict.Refuse("Nobody may send that here.") : GateVerdict.Continue;
    }

    // Asked before a start, by `sockeye check`: a sentence for each fault, which begins with the path of the key.
    public IReadOnlyList<string> Check(IConfigurationSection section) => Settings.Faults(section);

    // The section has changed: all of it holds at once, or what this throws is told and the old one goes on.
    public ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        _settings = Settings.From(section);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed record Settings(string Greeting, string Refused)
    {
        // Refusals and WhenFaulted are keys of the engine, which stand in the section as well.
        private static readonly string[] s_keys = ["Greeting", "Refused", "Refusals", "WhenFaulted"];

        public byte[] RefusedUtf8 { get; } = Encoding.UTF8.GetBytes(Refused);

        public static Settings From(IConfigurationSection section) => Faults(section) is { Count: > 0 } faults
            ? throw new FormatException(string.Join('\n', faults))
            : new(section["Greeting"] ?? "Hello", section["Refused"] ?? "shout");

        public static IReadOnlyList<string> Faults(IConfigurationSection section) => [.. section.GetChildren().Select(Fault).OfType<string>()];

        private static string? Fault(IConfigurationSection child) =>
            !s_keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase) ? $"{child.Path}: unknown key; {Meant(child.Key)}"
            : string.IsNullOrEmpty(child.Value) ? $"{child.Path}: has to be a text"
            : null;

        // The nearest is the one that begins most alike.
        private static string Meant(string key)
        {
            var (nearest, alike) = s_keys.Select(known => (known, known.Zip(key).TakeWhile(pair => char.ToLowerInvariant(pair.First) == char.ToLowerInvariant(pair.Second)).Count())).MaxBy(pair => pair.Item2);
            return alike > 0 ? $"did you mean {nearest}?" : $"there are {string.Join(", ", s_keys)}";
        }
    }
}
