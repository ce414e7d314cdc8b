using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sockeye.Testing;

namespace Sockeye.Hosting.Tests;

/// <summary>The code of README.md, compiled here and run by <see cref="ReadmeTests"/>, which also compares the texts.</summary>
internal static class ReadmeExamples
{
    public static async Task TenLines(Func<SockeyeServer, Task> whileRunning)
    {
        await using var server = SockeyeServer.Create("http://127.0.0.1:3000");
        server.OnConnection(socket => socket.Join("lobby"));
        server.On("chat", (SockeyeSocket socket, string text) => socket.To("lobby").Emit("chat", socket.Id, text));
        server.OnWithAck("add", (int a, int b) => a + b);
        server.OnDisconnect((socket, why) => server.To("lobby").Emit("left", socket.Id, why.Text));
        await whileRunning(server);
    }

    public static IHost GenericHost(string[] args)
    {
        var host = Host.CreateDefaultBuilder(args)
            .UseSockeye(sockeye => sockeye
                .Map(server => server.On("chat", (SockeyeSocket socket, string text) => socket.Broadcast.Emit("chat", text)))
                .Map("/game", game => game.OnConnection(socket => socket.Join("lobby"))))
            .Build();
        return host;
    }

    public static async Task UnitTest()
    {
        await using var app = new SockeyeTestServer(server =>
        {
            server.OnConnection(socket => socket.Join("lobby"));
            server.On("chat", (SockeyeSocket socket, string text) => socket.To("lobby").Emit("chat", text));
        });
        var ann = app.Connect();
        var bob = app.Connect();
        ann.Emit("chat", "hi");
        app.RunUntilIdle();
        Assert.Equal("hi", bob.Next<string>("chat"));

        bob.Cut();
        app.Advance(TimeSpan.FromSeconds(45));
        Assert.False(bob.IsConnected);
    }
}
