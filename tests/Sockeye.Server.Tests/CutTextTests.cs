using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Text that was cut inside an emoji: JavaScript writes half of a surrogate pair as an escape, which no UTF-8 can carry on.</summary>
public class CutTextTests : ServerTest
{
    private const string Cut = "\"a\\ud83d\"";
    private const string Whole = "a\ufffd";

    [Fact]
    public void It_is_taken_with_the_replacement_character_as_any_type_of_argument()
    {
        List<object?> seen = [];
        var app = Start(server =>
        {
            server.On("text", (string text) => seen.Add(text));
            server.On("record", (Message message) => seen.Add(message.Text));
            server.On("key", (Dictionary<string, int> values) => seen.Add(Assert.Single(values).Key));
            server.On("untyped", (object value) => seen.Add(Assert.Single((object?[])value)));
            server.On("untyped key", (object value) => seen.Add(Assert.Single((Dictionary<string, object?>)value).Key));
            server.On("element", (JsonElement value) => seen.Add(value.GetString()));
            server.On("node", (JsonNode value) => seen.Add((string?)value));
            server.On("message", (EventMessage message) => seen.Add(Assert.Single(message.ToArray())));
        });
        var client = app.Connect();
        client.SendRaw($"2[\"text\",{Cut}]");
        client.SendRaw($"2[\"record\",{{\"text\":{Cut}}}]");
        client.SendRaw($"2[\"key\",{{{Cut}:1}}]");
        client.SendRaw($"2[\"untyped\",[{Cut}]]");
        client.SendRaw($"2[\"untyped key\",{{{Cut}:1}}]");
        client.SendRaw($"2[\"element\",{Cut}]");
        client.SendRaw($"2[\"node\",{Cut}]");
        client.SendRaw($"2[\"message\",{Cut}]");
        app.RunUntilIdle();
        Assert.Equal(Enumerable.Repeat<object?>(Whole, 8), seen);
        Assert.True(client.IsConnected);
    }

    [Fact]
    public void It_is_whole_for_those_to_whom_it_is_sent_on_and_in_acknowledgements()
    {
        var app = Start(server =>
        {
            server.OnRaw("on", e => server.EmitRaw("all", e));
            server.OnRaw("back", e => e.AckRaw());
        });
        var client = app.Connect();
        client.SendRaw($"2[\"on\",{Cut}]");
        Assert.Equal(Whole, client.Next<string>("all"));
        client.SendRaw($"27[\"back\",{Cut}]");
        var answer = client.Socket!.EmitWithAckAsync<string>("q");
        app.RunUntilIdle();
        client.SendRaw($"3{client.Next("q").AckId}[{Cut}]");
        Assert.Equal(Whole, app.Await(answer));
        client.SendRaw($"51-[\"on\",{Cut},{{\"_placeholder\":true,\"num\":0}}]");
        client.SendRaw(new byte[] { 1 });
        Assert.Equal(Whole, client.Next<string>("all"));
    }

    [Fact]
    public void It_is_taken_in_what_a_client_sends_to_enter_a_namespace()
    {
        string? token = null;
        var app = Start(server => server.Of("/chat").OnConnection(socket =>
        {
            token = socket.Handshake.Auth.GetString("token");
        }));
        var client = app.Connect();
        client.SendRaw($"0/chat,{{\"token\":{Cut}}}");
        app.RunUntilIdle();
        Assert.Equal(Whole, token);
    }

    private sealed record Message(string Text);
}
