using System.Text;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class WebhookSignatureTests
{
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Timestamp = 1614265330;

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"test": 2432232314}""");

    private static byte[] Key(string text)
    {
        Assert.Null(WebhookSignature.TryReadKey(text, out var key));
        return key;
    }

    [Fact]
    public void A_signature_is_that_of_the_specification()
    {
        var key = Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Sign([key], Id, Timestamp, Body));
    }

    [Fact]
    public void A_signature_holds_for_its_key_id_timestamp_and_body_alone()
    {
        var key = Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var signature = WebhookSignature.Sign([key], Id, Timestamp, Body);

        Assert.True(WebhookSignature.Verify([key], Id, Timestamp, Body, signature));
        Assert.False(WebhookSignature.Verify([new byte[32]], Id, Timestamp, Body, signature));
        Assert.False(WebhookSignature.Verify([key], Id + "1", Timestamp, Body, signature));
        Assert.False(WebhookSignature.Verify([key], Id, Timestamp + 1, Body, signature));
        Assert.False(WebhookSignature.Verify([key], Id, Timestamp, Body.AsSpan(1), signature));
        Assert.False(WebhookSignature.Verify([], Id, Timestamp, Body, signature));
    }

    [Fact]
    public void Each_flipped_bit_of_a_signature_spoils_it()
    {
        var key = Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var hash = Convert.FromBase64String(WebhookSignature.Sign([key], Id, Timestamp, Body)[3..]);
        for (var bit = 0; bit < hash.Length * 8; bit++)
        {
            hash[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(WebhookSignature.Verify([key], Id, Timestamp, Body, "v1," + Convert.ToBase64String(hash)));
            hash[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(WebhookSignature.Verify([key], Id, Timestamp, Body, "v1," + Convert.ToBase64String(hash)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1,")]
    [InlineData("v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE")]
    [InlineData("v1,%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%")]
    public void What_is_no_signature_fits_nothing(string signature) =>
        Assert.False(WebhookSignature.Verify([Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")], Id, Timestamp, Body, signature));

    [Fact]
    public void The_fourth_signature_of_a_request_is_looked_at_and_the_fifth_is_not()
    {
        var key = Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        var signature = WebhookSignature.Sign([key], Id, Timestamp, Body);

        Assert.True(WebhookSignature.Verify([key], Id, Timestamp, Body, "v1,a v1,b v1,c " + signature));
        Assert.False(WebhookSignature.Verify([key], Id, Timestamp, Body, "v1,a v1,b v1,c v1,d " + signature));
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_key_has_24_to_64_bytes(int bytes, bool isKey)
    {
        var fault = WebhookSignature.TryReadKey("whsec_" + Convert.ToBase64String(new byte[bytes]), out var key);

        Assert.Equal(isKey, fault is null);
        Assert.Equal(isKey ? bytes : 0, key.Length);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("whsec_")]
    [InlineData("whsec_not base 64 at all!")]
    [InlineData("hunter2-hunter2-hunter2-hunter2-hunter2")]
    public void The_fault_of_a_key_does_not_show_it(string? text)
    {
        var fault = WebhookSignature.TryReadKey(text, out _);

        Assert.NotNull(fault);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("not base", fault, StringComparison.Ordinal);
    }
}
