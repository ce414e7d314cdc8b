using System.Text;
using Xunit;

namespace Sockeye.Server.Tests;

public class HostileClientTests : ServerTest
{
    private static readonly string[] Pieces =
    [
        "0", "1", "2", "3", "4", "5", "6", "7", "1-", "2-", "0-", "99-", "/a,", "/b,", "/nope,", "/", ",", "12", "007", "9007199254740992", "[", "]", "{", "}", "\"x\"", "\"echo\"",
        "\"connect\"", "[\"echo\",1]", "[\"echo\",{\"_placeholder\":true,\"num\":0}]", "[]", "{}", "{\"token\":1}", "null", "1e400", "\"\\ud800\"", "\\", "\u0000", "\u2028",
    ];

    [Fact]
    public void Whatever_a_client_sends_in_whatever_state_closes_at_most_its_own_connection()
    {
        var app = Start(server =>
        {
            server.OnRaw("echo", e => e.Socket.EmitRaw("echo", e));
            server.OnWithAck("x", (object? anything) => anything);
            server.Of("/a").Use((socket, ct) => Task.FromResult(ConnectResult.Accept));
            server.Of("/b-{id}");
        });
        var witness = app.Connect();
        var random = new Random(42);
        for (var round = 0; round < 1500; round++)
        {
            var client = app.Connect(joins: random.Next(2) == 0);
            for (var i = random.Next(6); i >= 0; i--)
            {
                if (random.Next(5) == 0)
                {
                    client.SendRaw(new byte[random.Next(20)]);
                    continue;
                }

                var packet = new StringBuilder();
                for (var n = random.Next(6); n >= 0; n--)
                {
                    packet.Append(Pieces[random.Next(Pieces.Length)]);
                }

                client.SendRaw(packet.ToString());
            }

            app.RunUntilIdle();
            client.Reset();
        }

        app.RunUntilIdle();
        Assert.Equal(1, app.Context.Metrics.Total.Connections);
        Assert.Equal(1, app.Server.Of("/").LocalCount);
        witness.Emit("echo", 7);
        Assert.Equal(7, witness.Next<int>("echo"));
        Assert.DoesNotContain(app.HandlerErrors, error => error.Exception is not (EventFormatException or EventRefusedException));
    }
}
