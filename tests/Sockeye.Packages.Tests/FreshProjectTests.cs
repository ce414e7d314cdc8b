using Sockeye.Packages.Tests.Feed;
using Sockeye.Packages.Tests.Pages;

namespace Sockeye.Packages.Tests;

/// <summary>The first steps outside of the repository, with the commands that the README names.</summary>
public sealed class FreshProjectTests(PackageFeed feed, FreshProject fresh) : IClassFixture<FreshProject>
{
    [Fact]
    public async Task A_new_project_with_the_package_runs_the_program_of_the_README() => Assert.StartsWith("0{\"sid\":",
        await SampleProcess.RunAsync(CommandLine.Start(fresh.Project.Folder, "dotnet", Path.Combine(fresh.Project.Output, "fresh.dll")), fresh.Port), StringComparison.Ordinal);

    [Fact]
    public async Task The_program_of_the_README_runs_as_one_file_without_a_project()
    {
        var (folder, port) = (feed.NewFolder("one-file"), SampleProcess.FreePort());
        await File.WriteAllTextAsync(Path.Combine(folder, "app.cs"), SampleProcess.OnPort(Readme.OneFile, port));
        Assert.StartsWith("0{\"sid\":", await SampleProcess.RunAsync(CommandLine.Start(folder, "dotnet", "run", "app.cs"), port), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DotNetty.Buffers.IByteBuffer")]
    [InlineData("DotNetty.Common.Concurrency.IEventExecutor")]
    [InlineData("DotNetty.Transport.Channels.IChannel")]
    [InlineData("Microsoft.Extensions.DependencyInjection.ServiceProvider")]
    [InlineData("Microsoft.Extensions.Logging.LoggerFactory")]
    public void Its_code_does_not_see_what_the_engine_stands_on(string type)
    {
        var compiled = new SampleCompiler(fresh.Project).Compile("seen", $"_ = typeof({type});");
        Assert.Contains(compiled.Complaints, found => found.Id is "CS0246" or "CS0234");
        var assembly = type[..type.LastIndexOf('.')];
        Assert.True(Directory.EnumerateFiles(fresh.Project.Output, "*.dll").Any(file => Path.GetFileNameWithoutExtension(file) is var name && assembly.StartsWith(name, StringComparison.Ordinal)),
            $"{type} is not there at run time");
    }

    /// <summary>What names DotNetty is for those who reference it: handlers in the pipeline, and the seam between the engine's own layers.</summary>
    [Fact]
    public void What_it_can_use_needs_no_reference_beyond_its_package()
    {
        string[] known =
        [
            "Sockeye.EngineIO.Http.HttpExchange.Upgrade",
            "Sockeye.EngineIO.Http.HttpServer.ConfigurePipeline",
            "Sockeye.EngineIO.WebSockets.IWebSocketListener.OnClosed",
            "Sockeye.EngineIO.WebSockets.IWebSocketListener.OnMessage",
            "Sockeye.EngineIO.WebSockets.WebSocketChannelHandler",
            "Sockeye.SockeyeBuilder.ConfigurePipeline",
            "Sockeye.Transport.ITransportLoop.RentBuffer",
        ];
        var incomplete = new SampleCompiler(fresh.Project).Incomplete();
        Assert.Equal(known, incomplete.Where(name => !name.StartsWith("Sockeye.Transport.", StringComparison.Ordinal) || name.StartsWith("Sockeye.Transport.ITransportLoop", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_loop_of_a_request_and_of_a_WebSocket_can_be_used() => Assert.Empty(new SampleCompiler(fresh.Project).Compile("loops", """
        using Sockeye.EngineIO.Http;
        using Sockeye.EngineIO.WebSockets;

        internal static class Loops
        {
            public static void OfRequest(HttpExchange exchange)
            {
                exchange.Loop.Post(_ => { }, null);
                exchange.MoveTo(exchange.Loop, arrived => Console.WriteLine(arrived.Loop.InEventLoop));
            }

            public static TimeSpan OfSession(WebSocketSession session) => session.Loop.Now;
        }
        """).Complaints);

    [Fact]
    public void The_settings_that_handlers_need_reach_it() => Assert.Contains("\"System.Reflection.NullabilityInfoContext.IsSupported\": true",
        File.ReadAllText(Path.Combine(fresh.Project.Output, "fresh.runtimeconfig.json")), StringComparison.Ordinal);
}
