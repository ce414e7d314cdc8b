using Xunit;

namespace Sockeye.Server.Tests;

public sealed class EngineMiddlewareTests : ServerTest
{
    [Fact]
    public void What_middleware_of_the_engine_attaches_to_the_request_is_seen_in_the_handshake()
    {
        object? user = null;
        var app = Start(
            server => server.OnConnection(socket => { user = socket.Handshake.Items["user"]; }),
            builder => builder.Options.Engine.Use(context => context.Request.Items["user"] = context.Request.Query("name")));
        Assert.True(app.Connect(query: "name=ada").IsConnected);
        Assert.Equal("ada", user);
    }
}
