using Sockeye.Testing;
using Xunit;

namespace Sockeye_App.Tests;

public sealed class ChatTests
{
    [Fact]
    public async Task Who_enters_learns_who_is_there_and_the_others_hear_of_it()
    {
        await using var app = new SockeyeTestServer(ChatHandlers.Map);
        var (ann, bob) = (app.Connect(), app.Connect());

        Assert.Empty(ann.Call<string[]>("name", "Ann")!);
        Assert.Equal(["Ann"], bob.Call<string[]>("name", "Bob")!);
        Assert.Equal("Bob", ann.Next<string>("joined"));
    }

    [Fact]
    public async Task What_is_said_reaches_everybody_and_a_cut_connection_is_noticed()
    {
        await using var app = new SockeyeTestServer(ChatHandlers.Map);
        var (ann, bob) = (app.Connect(), app.Connect());
        ann.Call<string[]>("name", "Ann");
        bob.Call<string[]>("name", "Bob");

        ann.Emit("say", "hello");
        app.RunUntilIdle();
        Assert.Equal("hello", bob.Next("said").Get<string>(1));

        ann.Cut();
        app.Advance(TimeSpan.FromSeconds(45)); // no sleep: the test drives the clock
        Assert.Equal("Ann", bob.Next<string>("left"));
    }
}
