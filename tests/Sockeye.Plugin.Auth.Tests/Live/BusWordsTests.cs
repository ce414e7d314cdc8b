using System.Buffers;
using System.Text;
using System.Text.Json;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class BusWordsTests
{
    private const long Now = 1_800_000_000_000;

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("{\"v\":2,\"from\":\"a\"}")]
    [InlineData("{\"v\":\"1\"}")]
    [InlineData("{\"v\":1,\"from\":7}")]
    [InlineData("{\"v\":1,\"from\":\"\\ud800\"}")]
    [InlineData("{\"v\":1,\"x\":[[[[[[[[[[]]]]]]]]]]}")]
    [InlineData("{\"\\ud800\":1,\"v\":1}")]
    [InlineData("{\"v\":1,\"from\":\"a\",\"x\":{\"\\udc00\":1}}")]
    [InlineData("{\"v\":1,\"v\":1}")]
    public void A_message_that_is_malformed_or_of_another_version_is_none(string text) => Assert.Null(Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_message_that_is_too_long_is_none()
    {
        byte[] Padded(int length) => Encoding.UTF8.GetBytes("{\"v\":1}".PadRight(length));
        Assert.NotNull(Read(Padded(BusWords.MaxBytes)));
        Assert.Null(Read(Padded(BusWords.MaxBytes + 1)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"u:a\",1]")]
    [InlineData("[\"x:a\",1900000000000,1]")]
    [InlineData("[\"u:\",1900000000000,1]")]
    [InlineData("[\"u:a\",\"1900000000000\",1]")]
    [InlineData("[\"u:a\",1.5,1]")]
    [InlineData("[\"u:\\ud800\",1900000000000,1]")]
    [InlineData("[\"u:a\",5,1]")]
    public void An_entry_that_is_malformed_or_over_is_none(string text) => Assert.Null(BusWords.ReadEntry(JsonDocument.Parse(text).RootElement, Now, long.MaxValue));

    [Fact]
    public void An_entry_comes_over_whole_and_is_kept_no_longer_than_anything_may_be()
    {
        var sent = new Revocation(RevocationKind.User, "a\"b", Now + 5000, 77);
        using var document = Read(BusWords.Revoke("n", sent))!;
        Assert.Equal(sent, BusWords.ReadEntry(document.RootElement.GetProperty("entry"), Now, long.MaxValue));
        Assert.Equal(Now + 100, BusWords.ReadEntry(document.RootElement.GetProperty("entry"), Now, Now + 100)!.Value.Until);
    }

    [Fact]
    public void A_set_travels_in_parts_each_of_which_fits_into_a_message_whatever_its_names_are()
    {
        foreach (var name in new[] { "user", new string('"', 250), new string('\u20ac', 250) })
        {
            var all = Enumerable.Range(0, 3000).Select(i => new Revocation(RevocationKind.User, name + i, Now + 1000, i)).ToList();
            List<Revocation> came = [];
            foreach (var part in BusWords.Parts(all))
            {
                var message = BusWords.Set("n", part);
                Assert.InRange(message.Length, 1, BusWords.MaxBytes);
                Assert.InRange(part.Count, 0, BusWords.MaxEntries);
                using var document = Read(message)!;
                came.AddRange(document.RootElement.GetProperty("entries").EnumerateArray().Select(entry => BusWords.ReadEntry(entry, Now, long.MaxValue)!.Value));
            }

            Assert.Equal(all, came);
        }
    }

    [Theory]
    [InlineData("{\"user\":\"alice\"}", "u:alice", 86_400)]
    [InlineData("{\"user\":\"alice\",\"forSeconds\":60}", "u:alice", 60)]
    [InlineData("{\"jti\":\"7\"}", "j:7", 86_400)]
    [InlineData("{\"tokenHash\":\"abc\"}", "t:abc", 86_400)]
    [InlineData("{\"session\":\"abc\"}", "s:abc", 86_400)]
    public void A_wish_to_revoke_names_one_thing(string json, string key, int seconds)
    {
        Assert.Null(RevokeRequest.Read(JsonDocument.Parse(json).RootElement, Now, new LiveOptions(), true, out var revocation));
        Assert.Equal((key, Now + (seconds * 1000L)), (revocation.Key, revocation.Until));
        Assert.Equal(key[0] == 'u' ? Now / 1000 : long.MaxValue, revocation.Before);
    }

    [Fact]
    public void A_wish_may_bring_the_token_itself_where_it_does_not_travel_on()
    {
        var root = JsonDocument.Parse("{\"token\":\"secret-token\"}").RootElement;
        Assert.Null(RevokeRequest.Read(root, Now, new LiveOptions(), takesTokens: true, out var revocation));
        Assert.Equal("t:" + TokenTag.Of("secret-token"), revocation.Key);
        var refusal = RevokeRequest.Read(root, Now, new LiveOptions(), takesTokens: false, out _);
        Assert.NotNull(refusal);
        Assert.DoesNotContain("secret-token", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("{\"user\":\"\"}")]
    [InlineData("{\"user\":7}")]
    [InlineData("{\"user\":\"a\",\"jti\":\"b\"}")]
    [InlineData("{\"user\":\"a\",\"forSeconds\":0}")]
    [InlineData("{\"user\":\"a\",\"forSeconds\":1e300}")]
    [InlineData("{\"user\":\"a\",\"forSeconds\":2592001}")]
    [InlineData("{\"user\":\"a\",\"ban\":1}")]
    public void A_wish_that_is_unclear_is_refused_with_a_sentence(string json) =>
        Assert.NotNull(RevokeRequest.Read(JsonDocument.Parse(json).RootElement, Now, new LiveOptions(), true, out _));

    [Fact]
    public void The_administrator_s_key_is_compared_by_its_hash()
    {
        var hash = System.Security.Cryptography.SHA256.HashData("the-key"u8);
        Assert.True(LiveRoutes.IsAllowed("Bearer the-key", hash));
        Assert.All([null, "", "the-key", "Bearer", "Bearer ", "Bearer the-kez", "Bearer " + Convert.ToHexString(hash)], header => Assert.False(LiveRoutes.IsAllowed(header, hash)));
    }

    private static JsonDocument? Read(byte[] bytes) => BusWords.Read(new ReadOnlySequence<byte>(bytes), out _);
}
