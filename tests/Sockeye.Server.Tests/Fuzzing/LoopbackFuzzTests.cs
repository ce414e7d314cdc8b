using System.Globalization;
using System.Net;
using Sockeye.Transport;
using Xunit;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>As <see cref="MemoryFuzzTests"/>, over real sockets, event loops on threads of their own and either transport. The bytes are those of the seed; how threads interleave is not.</summary>
public sealed class LoopbackFuzzTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private long _received;
    private long _upgraded;

    [Fact]
    public async Task Random_conversations_over_sockets_neither_harm_others_nor_leave_a_descriptor() =>
        await FuzzRun.RunAsync(8, () => _received > 100 && _upgraded > 50, ConverseAsync);

    private async Task ConverseAsync(FuzzPlan plan, Random random)
    {
        var open = BufferCounters.Rented - BufferCounters.Returned;
        var held = BufferCounters.HeldBytes;
        var fuzz = new FuzzApp(plan, isPatient: false);
        await using (var server = SockeyeServerFactory.Build(builder =>
        {
            builder.Options.Urls.Add("http://127.0.0.1:0");
            builder.Options.EventLoops = plan.Loops;
            builder.Options.Transport = random.Next(4) == 0 ? TransportKind.Portable : TransportKind.Auto;
            builder.Options.Engine.CloseTimeout = TimeSpan.FromMilliseconds(50);
            fuzz.Build(builder);
        }))
        {
            fuzz.Configure(server);
            await server.StartAsync();
            await using var bystander = await RealClient.ConnectAsync(server, query: "&" + FuzzApp.Trusted);
            await HoldAsync(server, plan, fuzz, bystander, random);
            await fuzz.Bare.CloseAsync();
            await server.StopAsync();
            Assert.Equal((0, 0, 0), ((int)server.Context.Metrics.Total.Sockets, (int)server.Context.Metrics.Total.Connections, server.Context.Faults));
            Assert.Equal(0, server.Namespaces.Main.Members.RoomCount);
            Until(() => fuzz.Accounts.Open == 0, () => $"{fuzz.Accounts.Open} disconnections were not told");
            _received += server.Context.Metrics.Total.Received;
        }

        Until(() => open == BufferCounters.Rented - BufferCounters.Returned, () => $"{BufferCounters.Rented - BufferCounters.Returned - open} buffers stay");
        Until(() => held == BufferCounters.HeldBytes, () => $"{BufferCounters.HeldBytes - held} bytes stay held");
        Assert.Equal(0, fuzz.OpenSessions);
        fuzz.AssertNothingWrong();
    }

    private async Task HoldAsync(SocketServer server, FuzzPlan plan, FuzzApp fuzz, RealClient bystander, Random random)
    {
        List<FuzzClient> clients = [];
        List<(string, string)> sessions = [];
        List<int> asked = [], answers = [];
        var endPoint = (IPEndPoint)server.Endpoints[0];
        for (var steps = random.Next(100, 400); steps > 0; steps--)
        {
            if (clients.Count == 0 || (clients.Count < 24 && random.Next(5) == 0))
            {
                clients.Add(new FuzzClient(new SocketWire(endPoint), random, sessions));
            }

            clients[random.Next(clients.Count)].Step();
            switch (random.Next(8))
            {
                case 0 or 1:
                    fuzz.Gates.OpenOne(random);
                    break;
                // A budget that strangers have filled may cost it its connection.
                case 2 when !plan.SmallBudget:
                    asked.Add(asked.Count);
                    await bystander.EmitAsync($"[\"again\",{asked.Count - 1}]");
                    await ReadAsync(asked.Count - 5);
                    break;
            }
        }

        await ReadAsync(asked.Count);
        Assert.Equal(asked, plan.Order == HandlerOrder.Serial ? answers : answers.Order());
        fuzz.Gates.OpenAll();
        foreach (var client in clients)
        {
            client.Read();
            client.Leave();
        }

        _upgraded += clients.Count(static client => client.IsWebSocket);
        Until(() => fuzz.OpenPlain == 0, () => $"{fuzz.OpenPlain} plain WebSockets stay after their peers have gone");
        foreach (var client in clients)
        {
            client.Wire.Close();
        }

        if (OperatingSystem.IsLinux())
        {
            HashSet<int> ports = [.. clients.Where(static client => client.IsWebSocket).Select(static client => ((SocketWire)client.Wire).Port)];
            Until(() => !Deserted(endPoint.Port).Any(ports.Contains), () => "Descriptors of WebSockets stay in CLOSE_WAIT");
        }

        async Task ReadAsync(int upTo)
        {
            while (answers.Count < upTo)
            {
                answers.Add((await bystander.NextAsync())[1].GetInt32());
            }
        }
    }

    /// <summary>Ports of peers that have closed while the server, which was told, has not.</summary>
    private static IEnumerable<int> Deserted(int serverPort)
    {
        const string CloseWait = "08";
        foreach (var line in File.ReadLines("/proc/self/net/tcp").Skip(1))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts[3] == CloseWait && Port(parts[1]) == serverPort)
            {
                yield return Port(parts[2]);
            }
        }

        static int Port(string address) => int.Parse(address.AsSpan(address.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    private static void Until(Func<bool> condition, Func<string> otherwise) => Assert.True(SpinWait.SpinUntil(condition, s_patience), otherwise());
}
