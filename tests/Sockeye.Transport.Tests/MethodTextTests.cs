using Xunit;

namespace Sockeye.Transport.Tests;

public sealed class MethodTextTests
{
    [Theory]
    [InlineData("Chat", "OnChat", "Chat.OnChat")]
    [InlineData(null, "OnChat", "OnChat")]
    [InlineData("My.Games.Chat+Room", "OnChat", "My.Games.Chat.Room.OnChat")]
    [InlineData("Chat`1[[System.Int32, System.Private.CoreLib, Version=10.0.0.0]]", "OnChat", "Chat.OnChat")]
    [InlineData("Chat+<OnChat>d__3", "MoveNext", "Chat.OnChat")]
    [InlineData("Program+<>c", "<<Main>$>b__0_2", "a lambda of Program.Main")]
    [InlineData("Program+<>c__DisplayClass0_0", "<<Main>$>b__1", "a lambda of Program.Main")]
    [InlineData("Program+<>c+<<<Main>$>b__0_4>d", "MoveNext", "a lambda of Program.Main")]
    [InlineData("Program", "<<Main>$>g__Local|0_3", "Program.Local")]
    [InlineData("Program+<<<Main>$>g__Local|0_3>d", "MoveNext", "Program.Local")]
    [InlineData("Chat`1+<>c+<<Start>b__3_0>d", "MoveNext", "a lambda of Chat.Start")]
    [InlineData("Chat", "<OnChat", "Chat.OnChat")]
    public void A_method_is_named_as_in_its_source(string? type, string method, string name) => Assert.Equal(name, MethodText.Of(type, method));

    [Fact]
    public void A_lambda_is_named_after_the_method_that_it_stands_in()
    {
        var action = () => { };
        Assert.Equal("a lambda of Sockeye.Transport.Tests.MethodTextTests.A_lambda_is_named_after_the_method_that_it_stands_in", MethodText.Of(action.Method));
    }
}
