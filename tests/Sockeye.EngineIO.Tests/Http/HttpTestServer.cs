using System.Text;
using System.Text.RegularExpressions;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.EngineIO.Tests;

/// <summary>A server in memory on a hand-driven clock. Its end checks that every buffer came back.</summary>
internal sealed partial class HttpTestServer : IDisposable
{
    private readonly long _outstanding = BufferCounters.Rented - BufferCounters.Returned;

    private readonly long _held = BufferCounters.HeldBytes;

    public HttpTestServer(Action<HttpServer>? configure = null, HttpOptions? options = null, int loops = 1)
    {
        Transport = new MemoryTransport(loops);
        Server = new HttpServer(new HttpServerOptions { Http = options ?? new HttpOptions(), StopTimeout = TimeSpan.Zero }, Transport);
        configure?.Invoke(Server);
        Server.StartAsync("http://127.0.0.1:0").GetAwaiter().GetResult();
    }

    public MemoryTransport Transport { get; }

    public HttpServer Server { get; }

    public MemoryPeer Connect(int loop = 0)
    {
        var peer = Transport.Connect(loop: loop);
        Run();
        return peer;
    }

    public void Run() => Transport.RunUntilIdle();

    public void Advance(double seconds) => Transport.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>What is sent is received, without the Date that each final answer has exactly once.</summary>
    public string Exchange(MemoryPeer peer, string request)
    {
        peer.Send(Encoding.Latin1.GetBytes(request));
        return Receive(peer);
    }

    public string Receive(MemoryPeer peer)
    {
        Run();
        var received = Encoding.Latin1.GetString(peer.Receive());
        Assert.Equal(FinalAnswer().Count(received), DateLine().Count(received));
        return DateLine().Replace(received, "");
    }

    public string Once(string request)
    {
        var peer = Connect();
        var answer = Exchange(peer, request);
        if (!peer.IsClosed)
        {
            peer.Close();
            Run();
        }

        return answer;
    }

    [GeneratedRegex(@"HTTP/1\.1 [2-5][0-9][0-9] [A-Z]")]
    private static partial Regex FinalAnswer();

    [GeneratedRegex("Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\r\n")]
    private static partial Regex DateLine();

    public void Dispose()
    {
        var stop = Server.StopAsync();
        Run();
        stop.GetAwaiter().GetResult();
        Run();
        Assert.Equal(0, Server.ConnectionCount);
        Transport.StopAsync().GetAwaiter().GetResult();
        Assert.Equal(_outstanding, BufferCounters.Rented - BufferCounters.Returned);
        Assert.Equal(_held, BufferCounters.HeldBytes);
    }
}

/// <summary>A handler made of delegates that keeps its last exchange.</summary>
internal sealed class TestHandler(Action<HttpExchange>? onRequest = null) : IHttpHandler
{
    public delegate void BodyAction(HttpExchange exchange, ReadOnlySpan<byte> body);

    public BodyAction? Body { get; init; }

    public HttpExchange? Last { get; private set; }

    public int Requests { get; private set; }

    public int Aborts { get; private set; }

    public void OnRequest(HttpExchange exchange)
    {
        Requests++;
        Last = exchange;
        onRequest?.Invoke(exchange);
    }

    public void OnBody(HttpExchange exchange, ReadOnlySpan<byte> body) => Body?.Invoke(exchange, body);

    public void OnAborted(HttpExchange exchange) => Aborts++;
}
