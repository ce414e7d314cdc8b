using System.Text.Json;
using Sockeye.Host.Playground;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Playground;

/// <summary>The playground on a server without sockets, whose clock the test drives. No handler may fail, whatever clients send.</summary>
public abstract class PlaygroundTest : IAsyncDisposable
{
    internal static readonly TimeSpan Tick = TimeSpan.FromSeconds(1 / PlaygroundLimits.TicksPerSecond);

    private readonly List<HandlerError> _errors = [];

    protected PlaygroundTest() => App = new SockeyeTestServer(
        server =>
        {
            PlaygroundApp.AddEvents(server);
            foreach (var name in new[] { "/", PlaygroundApp.Namespace, Readers.Namespace })
            {
                server.Of(name).OnHandlerError(_errors.Add);
            }
        },
        builder => builder.Json.TypeInfoResolverChain.Insert(0, PlaygroundJson.Default));

    public SockeyeTestServer App { get; }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await App.DisposeAsync();
        Assert.DoesNotContain(_errors, error => error.Exception is not EventFormatException); // arguments of other types are the client's fault
    }

    protected SockeyeTestClient Visit() => App.Connect(PlaygroundApp.Namespace);

    protected static int CountOf(SockeyeTestClient client, string name) => client.Events.Count(e => e.Name == name);

    /// <summary>The code with which an event is refused; null: it was answered.</summary>
    protected static string? CodeOf(SockeyeTestClient client, string name, params object?[] args)
    {
        var answer = client.CallRaw(name, args).Json;
        return answer.Contains("\"refused\"", StringComparison.Ordinal) ? JsonDocument.Parse(answer).RootElement.GetProperty("code").GetString() : null;
    }
}
