using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Sockeye.Hosting.Tests;

/// <summary>The standalone host beside a collector of OpenTelemetry, and without one.</summary>
public sealed class TelemetryProcessTests
{
    private const string Failed = "warn: Sockeye.Host[2341] Metrics or traces are not sent: ";

    [Fact]
    public async Task Nothing_of_OpenTelemetry_is_loaded_unless_a_collector_is_named()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // which files a process has mapped is read from /proc
        }

        using var quiet = HostProcess.Start("--urls http://127.0.0.1:0");
        await quiet.AddressAsync;
        Assert.DoesNotContain("OpenTelemetry", await LoadedAsync(quiet), StringComparison.Ordinal);
        using var telling = HostProcess.Start($"--urls http://127.0.0.1:0 --otlp http://127.0.0.1:{FreePort()}");
        await telling.AddressAsync;
        Assert.Contains("OpenTelemetry", await LoadedAsync(telling), StringComparison.Ordinal);

        static Task<string> LoadedAsync(HostProcess host) => File.ReadAllTextAsync($"/proc/{host.ProcessId}/maps");
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task With_a_collector_that_is_away_the_host_serves_says_so_once_and_ends(string protocol)
    {
        using var host = HostProcess.Start(
            "--urls http://127.0.0.1:0",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{FreePort()}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_METRIC_EXPORT_INTERVAL", "20"), ("OTEL_TRACES_EXPORTER", "none"));
        var address = await host.AddressAsync;
        await host.LineAsync(Failed);
        using var http = new HttpClient();
        Assert.StartsWith("0{\"sid\":", await http.GetStringAsync(new Uri(address + "/socket.io/?EIO=4&transport=polling")), StringComparison.Ordinal);
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
        var told = Assert.Single(host.Output.Split('\n'), static line => line.StartsWith(Failed, StringComparison.Ordinal));
        Assert.Contains("Connection refused", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_takes_connections_and_never_answers_does_not_keep_the_process()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --otlp http://{silent.LocalEndpoint} --Telemetry:Interval 00:00:01 --Telemetry:Protocol http/protobuf");
        await host.AddressAsync;
        using var connection = await silent.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains("warn: Sockeye.Host[2343] The last metrics or traces have not left within 00:00:05", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_there_again_is_told_and_gets_what_was_counted_meanwhile()
    {
        var port = FreePort();
        using var host = HostProcess.Start(
            "--urls http://127.0.0.1:0", ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_METRIC_EXPORT_INTERVAL", "50"), ("OTEL_TRACES_EXPORTER", "none"));
        await host.LineAsync(Failed);
        await using var collector = await GrpcCollector.StartAsync(port);
        Assert.Equal("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", await collector.NextAsync());
        await host.LineAsync($"info: Sockeye.Host[2342] http://127.0.0.1:{port}/opentelemetry.proto.collector.metrics.v1.MetricsService/Export takes what is sent again");
    }

    [Fact]
    public async Task Metrics_and_traces_go_out_over_gRPC_by_the_standard_variables()
    {
        await using var collector = await GrpcCollector.StartAsync(FreePort());
        using var host = HostProcess.Start(
            "--urls http://127.0.0.1:0",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hidden%204711"), ("OTEL_METRIC_EXPORT_INTERVAL", "100"), ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        using var http = new HttpClient();
        var address = await host.AddressAsync + "/socket.io/?EIO=4&transport=polling";
        var open = await http.GetStringAsync(new Uri(address));
        using var connect = new StringContent("40");
        using var taken = await http.PostAsync(new Uri($"{address}&sid={open.Split("\"sid\":\"")[1].Split('"')[0]}"), connect);
        HashSet<string> seen = [];
        while (seen.Count < 2)
        {
            seen.Add(await collector.NextAsync());
        }

        Assert.Equal(["/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"], seen.Order(StringComparer.Ordinal));
        Assert.Equal("hidden 4711", collector.ApiKey);
        Assert.Equal(0, Kill(host.ProcessId, 15));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.DoesNotContain("4711", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--otlp nonsense", "", "Telemetry:Endpoint: is not an address such as http://127.0.0.1:4317, without a user, a query or a fragment; what the collector wants to see goes into Telemetry:Headers (by an argument)")]
    [InlineData("--otlp http://127.0.0.1:4317 --Telemetry:Protocl grpc", "", "Telemetry:Protocl: unknown key; did you mean Telemetry:Protocol? (by an argument)")]
    [InlineData("", "nonsense", "OTEL_EXPORTER_OTLP_ENDPOINT: is not an address such as")]
    public async Task An_address_that_is_none_ends_the_start_with_its_name(string arguments, string variable, string fault)
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 " + arguments, ("OTEL_EXPORTER_OTLP_ENDPOINT", variable));
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains(fault, host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int processId, int signal);

    /// <summary>A collector that takes every call of gRPC and keeps its path.</summary>
    private sealed class GrpcCollector(WebApplication app, string url) : IAsyncDisposable
    {
        private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();

        public string Url { get; } = url;

        public string? ApiKey { get; private set; }

        public static async Task<GrpcCollector> StartAsync(int port)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http2));
            var app = builder.Build();
            GrpcCollector collector = new(app, $"http://127.0.0.1:{port}");
            app.Run(collector.TakeAsync);
            await app.StartAsync();
            return collector;
        }

        public Task<string> NextAsync() => _calls.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task TakeAsync(HttpContext call)
        {
            using MemoryStream body = new();
            await call.Request.Body.CopyToAsync(body);
            var message = body.ToArray();
            Assert.Equal(("application/grpc", 0, message.Length - 5), (call.Request.ContentType, message[0], (int)BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(1))));
            ApiKey = call.Request.Headers["api-key"];
            call.Response.ContentType = "application/grpc";
            await call.Response.Body.WriteAsync(new byte[5]);
            call.Response.AppendTrailer("grpc-status", "0");
            _calls.Writer.TryWrite(call.Request.Path!);
        }
    }
}
