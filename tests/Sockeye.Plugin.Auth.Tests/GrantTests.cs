using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Sources;
using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

/// <summary>What becomes of the claims of a good token.</summary>
public sealed class GrantTests
{
    [Fact]
    public async Task Claims_rooms_roles_permissions_and_rate_class_become_the_identity()
    {
        await using var chain = await StartAsync("""
            ,"PermissionsClaim":"perm","RolesClaim":"scope","RoomsClaim":"rooms","RateClassClaim":"plan","Rooms":["of-{user}"]
            """, """,  "Roles":{"writer":["emit /chat say"],"admin":["* * *"]}""");
        var identity = await chain.AllowedAsync(Token(chain, """
            "perm":["join /chat of-{user}"],"scope":"writer other","rooms":["news"],"plan":"paid","mail":"a@example","n":7,"ok":true,"list":["a","b"],"o":{"x":1},"auth:token":"forged","auth:room":"vip","jti":"t1","iat":5
            """));
        Assert.Equal("paid", identity.RateClass);
        Assert.Equal(["other", "writer"], identity.Permissions.Order(StringComparer.Ordinal));
        Assert.True(identity.Access!.MayEmit("/chat", "say"u8, "ann"));
        Assert.True(identity.Access.MayJoin("/chat", "of-ann", "ann"));
        Assert.False(identity.Access.MayEmit("/chat", "other"u8, "ann"));
        Assert.Equal(["of-ann", "news"], identity.Claims.Where(static claim => claim.Type == AuthClaims.Room).Select(static claim => claim.Value));
        Assert.DoesNotContain(identity.Claims, static claim => claim.Value is "forged" or "vip");
        foreach (var (type, value) in new[] { ("mail", "a@example"), ("n", "7"), ("ok", "true"), ("list", "a"), ("list", "b"), ("o", """{"x":1}"""), ("jti", "t1"), ("iat", "5"), ("sub", "ann") })
        {
            Assert.Contains(new SocketClaim(type, value), identity.Claims);
        }
    }

    [Fact]
    public async Task Without_a_word_on_permissions_the_plugin_restricts_nobody_and_with_one_who_has_none_may_nothing()
    {
        await using var free = await StartAsync("");
        Assert.Null((await free.AllowedAsync(Token(free, "\"perm\":[\"emit / x\"]"))).Access);
        await using var held = await StartAsync(",\"PermissionsClaim\":\"perm\"");
        Assert.False((await held.AllowedAsync(Token(held, "\"x\":1"))).Access!.MayEmit("/", "x"u8, "ann"));
        Assert.True((await held.AllowedAsync(Token(held, "\"perm\":\"emit / x\""))).Access!.MayEmit("/", "x"u8, "ann"));
        await using var given = await StartAsync(",\"Permissions\":[\"emit / all\"]");
        Assert.True((await given.AllowedAsync(Token(given, "\"x\":1"))).Access!.MayEmit("/", "all"u8, "ann"));
    }

    [Theory]
    [InlineData("\"perm\":5")]
    [InlineData("\"perm\":[5]")]
    [InlineData("\"perm\":null")]
    [InlineData("\"perm\":{}")]
    [InlineData("\"perm\":[\"emit /chat\"]")]
    [InlineData("\"perm\":[\"\"]")]
    [InlineData("\"perm\":[\"emit / a\\nemit / b\"]")]
    [InlineData("\"rooms\":[\"\"]")]
    [InlineData("\"rooms\":[\"\\u0000user\"]")]
    [InlineData("\"plan\":[\"a\",\"b\"]")]
    public async Task Claims_of_another_shape_are_refused(string claims)
    {
        await using var chain = await StartAsync(",\"PermissionsClaim\":\"perm\",\"RoomsClaim\":\"rooms\",\"RateClassClaim\":\"plan\"");
        await chain.AllowedAsync(Token(chain, "\"perm\":[\"emit / a\",\"emit / b\"]"));
        await chain.RefusedAsync(Token(chain, claims), AuthCode.InvalidToken);
    }

    [Fact]
    public async Task A_hundred_rooms_are_taken_and_one_more_is_refused()
    {
        await using var chain = await StartAsync(",\"RoomsClaim\":\"rooms\"");
        string Rooms(int count) => $"\"rooms\":[{string.Join(',', Enumerable.Range(0, count).Select(static i => $"\"r{i}\""))}]";
        Assert.Equal(100, (await chain.AllowedAsync(Token(chain, Rooms(100)))).Claims.Count(static claim => claim.Type == AuthClaims.Room));
        await chain.RefusedAsync(Token(chain, Rooms(101)), AuthCode.InvalidToken, "100 rooms");
    }

    [Fact]
    public void Clients_of_one_list_share_one_object_and_lists_without_an_end_do_not_grow_memory()
    {
        var compiled = new CompiledRules();
        var shared = compiled.Get(["emit / x", "join / y"]);
        Assert.Same(shared, compiled.Get(["emit / x", "join / y"]));
        Assert.NotSame(shared, compiled.Get(["emit / x"]));
        for (var i = 0; i < CompiledRules.Half; i++)
        {
            compiled.Get([$"emit / x{i}"]);
        }

        // It has been in use, so it outlives one half; nothing outlives two in which nobody asked for it.
        Assert.Same(shared, compiled.Get(["emit / x", "join / y"]));
        for (var i = 0; i < CompiledRules.Half * 3; i++)
        {
            compiled.Get([$"emit / y{i}"]);
        }

        Assert.NotSame(shared, compiled.Get(["emit / x", "join / y"]));
        var longest = compiled.Get(Many(CompiledRules.MaxKeptLength));
        Assert.Same(longest, compiled.Get(Many(CompiledRules.MaxKeptLength)));
        Assert.NotSame(compiled.Get(Many(CompiledRules.MaxKeptLength + 1)), compiled.Get(Many(CompiledRules.MaxKeptLength + 1)));

        // A list whose lines together are so long.
        static string[] Many(int length)
        {
            var lines = Enumerable.Range(0, (length / 1000) - 1).Select(static i => ("emit / " + i).PadRight(999, 'x')).ToList();
            var rest = length - lines.Sum(static line => line.Length + 1);
            lines.Add("emit / ".PadRight(rest / 2, 'y'));
            lines.Add("emit / ".PadRight(rest - (rest / 2) - 1, 'z'));
            return [.. lines];
        }
    }

    private static string Token(TestChain chain, string claims) => TestTokens.Hmac("""{"alg":"HS256"}""", $$"""{"sub":"ann","exp":{{chain.Now.At(60)}},{{claims}}}""");

    private static Task<TestChain> StartAsync(string more, string top = "") =>
        TestChain.StartAsync($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"{{TestTokens.Secret}}"}]{{more}}}]{{top}}}""");
}
