using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sockeye.Inspection;
using Sockeye.Testing;

namespace Sockeye.Host.Administration;

/// <summary>No span that begins on the thread of whoever calls it is sent until what it returns is disposed.</summary>
internal delegate IDisposable Untraced();

/// <summary>Asks once all that operators ask of event loops, of a server in memory with a client of its own: the runtime compiles it there, and not on the loops of clients when somebody asks first (docs/adr/0078-warm-up.md).</summary>
/// <remarks>
/// <para><b>Owns</b> that server, its meters and its thread, which end with it; the servers of the host share nothing with them, and do not know of it.</para>
/// <para><b>Lifetime.</b> It begins with the start of the host, and nobody waits for it. What fails is a line for developers: the first answers are slower then.</para>
/// </remarks>
/// <param name="untraced">Keeps its spans from being sent; null: none are sent.</param>
/// <param name="logger">Of the host.</param>
internal sealed class WarmUp(Untraced? untraced, ILogger logger) : IHostedService
{
    /// <summary>The room, the user and the event of its client.</summary>
    internal const string Name = "warm-up";

    /// <summary>What it does; something else in tests.</summary>
    internal Action Work { get; init; } = static () => Ask();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: what threads keep for their next use goes with it.
        new Thread(Run) { IsBackground = true, Name = "sockeye-warm-up" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Asks, on the thread of the caller.</summary>
    /// <returns>What the report said, and how many clients each search has found.</returns>
    internal static (ServerReport Report, IReadOnlyList<int> Found) Ask()
    {
        using OwnMeters meters = new();
        using MetricCollector collector = new(instrument => instrument.Meter.Scope == meters);
        SockeyeTestServer test = new(
            static server => server.OnConnection(static socket =>
            {
                socket.Identity = new SocketIdentity(Name);
                socket.Join(Name);
            }),
            builder => builder.MeterFactory = meters);
        try
        {
            var answers = Ask(test);
            PrometheusText.Write(new ArrayBufferWriter<byte>(65_536), collector.Collect(out _), isOpen: false);
            return answers;
        }
        finally
        {
            test.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static (ServerReport Report, IReadOnlyList<int> Found) Ask(SockeyeTestServer test)
    {
        var (server, client) = (test.Server, test.Connect());
        var (socket, everybody) = (client.Socket!, server.To(Name));
        test.Advance(TimeSpan.FromSeconds(30)); // a heartbeat, whose time is measured on the loop

        // A slow reader: what it does not read stays in its outbox from the second event on.
        client.PauseReading();
        everybody.Emit(Name);
        test.RunUntilIdle();
        everybody.Emit(Name);
        var round = server.CheckLoopsAsync();
        test.RunUntil(() => round.IsCompleted);
        var facts = test.Await(ReportFacts.OfAsync(server, ServerInspection.MaxTop));
        Write(facts, AdministrationJson.Default.ReportFacts);
        List<int> found = [];
        foreach (var wanted in new[] { socket.Id, socket.Connection.Id, Name, null, "nobody" })
        {
            var clients = ClientFacts.Of(test.Await(server.Inspection.FindAsync(wanted, AdministrationApi.MaxFound)));
            Write(clients, AdministrationJson.Default.ClientFacts);
            found.Add(clients.Clients.Count);
        }

        // What the Admin UI asks for beside.
        test.Await(everybody.SocketsJoinAsync(Name + 2));
        test.Await(everybody.CountAsync());
        everybody.SocketsLeave(Name + 2);
        everybody.DisconnectSockets(close: true);
        client.ResumeReading();
        test.RunUntilIdle();
        return (facts.Report, found);
    }

    private static void Write<T>(T answer, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(answer, type);

    private void Run()
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var quiet = untraced?.Invoke();
            Work();
            var time = Stopwatch.GetElapsedTime(begun);
            HostLog.WarmedUp(logger, time);
        }
#pragma warning disable CA1031 // Whatever it is, the host works without it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            HostLog.NotWarmedUp(logger, failure);
        }
    }

    /// <summary>Makes the meters of the server in memory, which belong to no host and so are shown by none.</summary>
    private sealed class OwnMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose()
        {
        }
    }
}
