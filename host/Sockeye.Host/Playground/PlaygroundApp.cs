using Sockeye.EngineIO.Http;

namespace Sockeye.Host.Playground;

/// <summary>The application behind the page: people who talk in rooms, a pool with their fish, a stream for a slow reader and a fast one, and the figures of the process. It is written
/// against what the packages publish, as any application would be.</summary>
/// <remarks>
/// <para><b>Thread.</b> All its handlers and ticks run on one game loop, so its state is plain objects without locks.</para>
/// <para><b>Limits.</b> It has no accounts: whoever reaches the port may talk. What visitors can make it hold or send is bounded by <see cref="PlaygroundLimits"/>.</para>
/// </remarks>
internal static class PlaygroundApp
{
    /// <summary>The namespace of the people, their talk and the pool.</summary>
    public const string Namespace = "/playground";

    /// <summary>Serves the page and its files.</summary>
    public static void AddPage(SockeyeBuilder builder)
    {
        // The records of Messages.cs travel without reflection, so the host can be compiled ahead.
        builder.Json.TypeInfoResolverChain.Insert(0, PlaygroundJson.Default);
        builder.MapHttp("/", new PlaygroundPage(), prefix: true, HttpRouteKind.Files);
    }

    /// <summary>Registers the events that the page uses.</summary>
    public static void AddEvents(SockeyeServer server)
    {
        var loop = server.CreateLoop("playground", PlaygroundLimits.TicksPerSecond);
        var figures = new LoadFigures();
        var people = new People(server.Of(Namespace), loop, new Pool(), figures);
        var readers = new Readers(server.Of(Readers.Namespace), loop);
        loop.OnTick(tick =>
        {
            figures.Step(tick);
            people.Step(tick);
            readers.Step(tick);
        });

        // Whatever a client sends as "echo" comes back as its acknowledgement, bytes as they were.
        server.OnRaw("echo", e => e.AckRaw());
    }
}
