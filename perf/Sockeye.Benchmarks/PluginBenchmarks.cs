using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Auth;
using Sockeye.Plugin.Routing;
using Sockeye.Testing;

namespace Sockeye.Benchmarks;

/// <summary>Which plugins a server has.</summary>
public enum PluginSet
{
    /// <summary>None.</summary>
    None,

    /// <summary>The one for auth: its gate, and 100 permissions of which the last allows the event.</summary>
    Auth,

    /// <summary>The one for routing, with 100 rules over 20 events.</summary>
    Routing,

    /// <summary>Both.</summary>
    Both,
}

/// <summary>
/// What the plugins of this repository add to an event, sixteen in one read. Of the rules three concern the event: one asks for a claim, one for a room, and the third compares a value in the
/// arguments; what it renames, if it holds, is the difference of the two methods.
/// </summary>
public class PluginBenchmarks
{
    private const int Messages = 16;

    private const string Secret = "0123456789abcdef0123456789abcdef";

    private SockeyeTestServer? _server;
    private SockeyeTestClient? _client;
    private byte[] _below = [], _above = [];
    private long _sum;

    /// <summary>Which plugins there are.</summary>
    [ParamsAllValues]
    public PluginSet Plugins { get; set; }

    /// <summary>A server with one client.</summary>
    [GlobalSetup]
    public void Start()
    {
        var rules = string.Join(',', Enumerable.Range(0, 100).Select(Rule));
        var permissions = string.Join(',', Enumerable.Range(0, 100).Select(static i => $"\"emit / {(i < 99 ? $"room-{i}:{{user}}" : "event-7")}\""));
        var settings = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($$$"""
            {"routing":{"rules":[{{{rules}}}]},
             "auth":{"Sources":[{"Type":"ApiKey","Keys":[{"Id":"sensor7","Sha256":"{{{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))}}}","Permissions":[{{{permissions}}}]}]}]}}
            """))).Build();
        _server = new SockeyeTestServer(
            server =>
            {
                server.OnRaw("event-7", e => _sum += e.ArgumentsUtf8.Length);
                server.OnRaw("renamed", e => _sum += e.ArgumentsUtf8.Length);
                server.OnConnection(socket => socket.Identity = new SocketIdentity("sensor7") { Access = socket.Identity?.Access, Claims = [new SocketClaim("role", "sensor"), new SocketClaim("site", "north")] });
            },
            builder =>
            {
                if (Plugins is PluginSet.Auth or PluginSet.Both)
                {
                    builder.AddPlugin(new AuthPlugin(), settings.GetSection("auth"));
                }

                if (Plugins is PluginSet.Routing or PluginSet.Both)
                {
                    builder.AddPlugin(new RoutingPlugin(), settings.GetSection("routing"));
                }
            });
        _client = _server.Connect(auth: new { token = $"sensor7.{Secret}" });
        if (!_client.IsConnected)
        {
            throw new InvalidOperationException($"Refused: {_client.Refusal}");
        }

        _below = ServerBenchmarks.Frames("42[\"event-7\",{\"sensor\":\"s7\",\"celsius\":21.5,\"unit\":\"C\"}]");
        _above = ServerBenchmarks.Frames("42[\"event-7\",{\"sensor\":\"s7\",\"celsius\":85.5,\"unit\":\"C\"}]");
    }

    /// <summary>The comparison is made and does not hold.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long Compared() => Send(_below);

    /// <summary>It holds, and the event gets another name.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long Renamed() => Send(_above);

    // Three rules ask for the event that is sent, the other 97 for 19 others.
    private static string Rule(int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"id":"r{{i}}","match":{"namespace":"/","event":"event-{{(i < 3 ? 7 : (i % 19) + (i % 19 < 7 ? 0 : 1))}}",{{Asks(i)}}},"actions":[{"rename":"renamed"}]}""");

    private static string Asks(int i) => i switch
    {
        0 => "\"claim\":{\"role\":\"operator\"}",
        1 => "\"room\":\"lab\"",
        _ => "\"where\":{\"path\":\"$[0].celsius\",\">\":80}",
    };

    private long Send(byte[] frames)
    {
        var before = _sum;
        _client!.Peer.Send(frames);
        _server!.Transport.RunUntilIdle();
        if (_sum == before)
        {
            throw new InvalidOperationException("The events have not arrived.");
        }

        return _sum + _client.Peer.Receive().Length;
    }
}
