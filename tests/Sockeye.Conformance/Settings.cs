using System.Globalization;
using Sockeye.Transport;

namespace Sockeye.Conformance;

/// <summary>What the command line asks for.</summary>
internal sealed record Settings
{
    /// <summary>The port of profile 0.</summary>
    public int BasePort { get; private init; } = 17100;

    /// <summary>Offsets of the profiles to start; null: all. One profile alone is what measurements want: memory and heartbeats of no other.</summary>
    public IReadOnlySet<int>? Only { get; private init; }

    /// <summary>Event loops of each Socket.IO profile; null: one per processor.</summary>
    public int? Loops { get; private init; }

    /// <summary>Ping interval of each Socket.IO profile in milliseconds; null: the profile's own.</summary>
    public int? PingMilliseconds { get; private init; }

    /// <summary>Ping timeout of each Socket.IO profile in milliseconds; null: the profile's own.</summary>
    public int? PingTimeoutMilliseconds { get; private init; }

    /// <summary>Ticks per second of the profile with a game loop; null: the profile's own.</summary>
    public double? TicksPerSecond { get; private init; }

    /// <summary>How long the process must be quiet before a Socket.IO profile gives memory back; zero: never.</summary>
    public TimeSpan IdleTrim { get; private init; }

    /// <summary>Which transport carries the connections of all profiles.</summary>
    public TransportKind Transport { get; private init; } = TransportKind.Auto;

    /// <summary>A NATS server: each Socket.IO profile is one node of a cluster with the same profile of other processes; null: each stands alone.</summary>
    public string? Cluster { get; private init; }

    public bool Starts(int offset) => Only?.Contains(offset) ?? true;

    /// <exception cref="ArgumentException">An unknown option, or one without its value.</exception>
    public static Settings Parse(string[] args)
    {
        var settings = new Settings();
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"{args[i]} needs a value");
            settings = args[i] switch
            {
                "--base" => settings with { BasePort = Number(value) },
                "--only" => settings with { Only = value.Split(',').Select(Number).ToHashSet() },
                "--loops" => settings with { Loops = Number(value) },
                "--ping" => settings with { PingMilliseconds = Number(value) },
                "--ping-timeout" => settings with { PingTimeoutMilliseconds = Number(value) },
                "--ticks" => settings with { TicksPerSecond = double.Parse(value, CultureInfo.InvariantCulture) },
                "--idle-trim" => settings with { IdleTrim = TimeSpan.FromSeconds(Number(value)) },
                "--transport" => settings with { Transport = Enum.Parse<TransportKind>(value, ignoreCase: true) },
                "--cluster" => settings with { Cluster = value },
                _ => throw new ArgumentException($"unknown option {args[i]}"),
            };
        }

        return settings;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
