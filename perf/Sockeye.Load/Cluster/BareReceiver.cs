using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using NATS.Client.Core;

namespace Sockeye.Load;

/// <summary>What the client of NATS costs by itself: a process that does nothing but receive, in the cheapest way that the client has, and counts.</summary>
/// <remarks>It owns the process, which is this program once more. The connection has the settings that the bus gives its own.</remarks>
internal sealed class BareReceiver : IDisposable
{
    private readonly Process _process;

    private BareReceiver(Process process) => _process = process;

    public int ProcessId => _process.Id;

    /// <summary>Messages received so far.</summary>
    public long Count
    {
        get
        {
            _process.StandardInput.WriteLine();
            return long.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        }
    }

    public static BareReceiver Start(string url, string subject, Dictionary<string, string> environment)
    {
        string[] command = [.. Affinity.OwnCommand(), "receive", url, subject];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };

        // The generator's own settings of the runtime are not those of a server.
        start.Environment["DOTNET_TieredPGO"] = "1";
        start.Environment["DOTNET_gcConcurrent"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new IOException("The bare receiver did not start.");
        return process.StandardOutput.ReadLine() == "ready" ? new BareReceiver(process) : throw new IOException("The bare receiver did not become ready.");
    }

    /// <summary>The process: receives what there is on a subject, and says how much with each line that it reads.</summary>
    public static async Task ReceiveAsync(string url, string subject)
    {
        await using var connection = new NatsConnection(new NatsOpts { Url = url, PingInterval = TimeSpan.Zero, RequestReplyMode = NatsRequestReplyMode.SharedInbox });
        await connection.ConnectAsync();
        var counter = new Counter(connection, subject);
        await connection.AddSubAsync(counter);
        await connection.PingAsync();
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null)
        {
            Console.WriteLine(counter.Received.ToString(CultureInfo.InvariantCulture));
        }

        GC.KeepAlive(counter);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private sealed class Counter(NatsConnection connection, string subject) : NatsSubBase(connection, connection.SubscriptionManager, subject, null, null)
    {
        private long _received;

        public long Received => Volatile.Read(ref _received);

        protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
        {
            Volatile.Write(ref _received, _received + 1);
            return ValueTask.CompletedTask;
        }

        protected override void TryComplete()
        {
        }
    }
}
