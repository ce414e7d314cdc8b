using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class HttpOutputTests : OutputTest
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OlderSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task An_event_is_posted_in_its_envelope_with_an_idempotency_key()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(204));
        await using var output = Output(target);
        var sent = OutgoingMessage.Of(
            new RoutedEvent
            {
                Namespace = "/shop",
                Name = "order",
                User = "ann",
                Socket = "s1",
                ArgumentsUtf8 = """{"n":1},"ü" """u8,
                Attachments = new ReadOnlyMemory<byte>[] { new byte[] { 1, 2, 3 } },
            },
            Time.GetUtcNow());

        Assert.True(output.Offer(sent));
        var posted = await target.NextAsync();

        Assert.StartsWith("POST /hook?key=secret-of-the-path HTTP/1.1", posted.Head, StringComparison.Ordinal);
        Assert.Equal("application/json", posted.Header("Content-Type"));
        Assert.Equal(sent.Id, posted.Header("Idempotency-Key"));
        Assert.Equal(sent.Id, posted.Header("webhook-id"));
        Assert.Equal(Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), posted.Header("webhook-timestamp"));
        Assert.Null(posted.Header("webhook-signature"));
        using var envelope = JsonDocument.Parse(posted.Body);
        var body = envelope.RootElement;
        Assert.Equal(sent.Id, body.GetProperty("id").GetString());
        Assert.Equal("2026-01-02T03:04:05.000Z", body.GetProperty("time").GetString());
        Assert.Equal("/shop", body.GetProperty("namespace").GetString());
        Assert.Equal("order", body.GetProperty("event").GetString());
        Assert.Equal("ann", body.GetProperty("user").GetString());
        Assert.Equal("s1", body.GetProperty("socket").GetString());
        Assert.Equal(1, body.GetProperty("arguments")[0].GetProperty("n").GetInt32());
        Assert.Equal("ü", body.GetProperty("arguments")[1].GetString());
        Assert.Equal([1, 2, 3], body.GetProperty("attachments")[0].GetBytesFromBase64());
    }

    [Fact]
    public async Task A_request_is_signed_with_each_key_while_keys_change()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        await using var output = Output(target, options => options with { Secrets = [Secret, OlderSecret] });

        output.Offer(Message());
        var posted = await target.NextAsync();

        var timestamp = long.Parse(posted.Header("webhook-timestamp")!, CultureInfo.InvariantCulture);
        var signatures = posted.Header("webhook-signature")!;
        Assert.Equal(2, signatures.Split(' ').Length);
        foreach (var secret in new[] { Secret, OlderSecret })
        {
            Assert.Null(WebhookSignature.TryReadKey(secret, out var key));
            Assert.True(WebhookSignature.Verify([key], posted.Header("webhook-id")!, timestamp, posted.Body, signatures));
        }
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_target_that_fails_is_asked_again_with_the_same_id_and_another_timestamp(int status)
    {
        await using var target = new LoopbackTarget(posted => LoopbackTarget.Status(posted.Number == 1 ? status : 200));
        await using var output = Output(target, options => options with { Secrets = [Secret] });

        output.Offer(Message());
        var first = await target.NextAsync();
        var delay = await Time.Timer(due => due < Ten);
        Assert.InRange(delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Time.Advance(delay);
        var second = await target.NextAsync();
        await output.DisposeAsync();

        Assert.Equal(first.Header("webhook-id"), second.Header("webhook-id"));
        Assert.NotEqual(first.Header("webhook-timestamp"), second.Header("webhook-timestamp"));
        Assert.NotEqual(first.Header("webhook-signature"), second.Header("webhook-signature"));
        Assert.Equal(1, output.Counts.Sent);
        Assert.Equal(1, output.Counts.Retries);
        AssertAllTold(output);
    }

    [Fact]
    public async Task A_target_that_fails_at_each_attempt_costs_the_event_which_is_told_and_becomes_a_dead_letter()
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(500));
        await using var output = Output(target, options => options with { MaxAttempts = 3, DeadLetters = "dead" });
        var told = Log.Line("did not deliver");

        var message = Message();
        output.Offer(message);
        await target.NextAsync();
        Time.Advance(await Time.Timer(due => due < Ten));
        await target.NextAsync();
        var second = await Time.Timer(due => due < Ten);
        Assert.InRange(second, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
        Time.Advance(second);
        await target.NextAsync();
        var line = await told;
        await output.DisposeAsync();

        Assert.Equal("Routing: output \"orders\" did not deliver: unavailable (status 500) 1.", line);
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.Unavailable));
        Assert.Equal(2, output.Counts.Retries);
        Assert.Equal(3, target.Requests);
        Assert.Equal(1, output.Counts.DeadLetters);
        var (subject, text) = Assert.Single(Bus.Published);
        Assert.Equal("dead", subject);
        using var letter = JsonDocument.Parse(text);
        Assert.Equal("orders", letter.RootElement.GetProperty("output").GetString());
        Assert.Equal("unavailable", letter.RootElement.GetProperty("reason").GetString());
        Assert.Equal(500, letter.RootElement.GetProperty("status").GetInt32());
        Assert.Equal(3, letter.RootElement.GetProperty("attempts").GetInt32());
        Assert.Equal(message.Id, letter.RootElement.GetProperty("message").GetProperty("id").GetString());
        AssertAllTold(output);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(413)]
    [InlineData(501)]
    public async Task What_a_target_does_not_want_is_not_sent_again(int status)
    {
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(status));
        await using var output = Output(target);
        var told = Log.Line("did not deliver");

        output.Offer(Message());
        await told;
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.DroppedFor(DropReason.Refused));
        Assert.Equal(1, target.Requests);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var elsewhere = new LoopbackTarget(_ => LoopbackTarget.Status(200));
        await using var target = new LoopbackTarget(_ => LoopbackTarget.Status(status, $"Location: {elsewhere.Url}"));
        await using var output = Output(target);
        var told = Log.Line("did not deliver");

        output.Offer(Message());
        await told;
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.DroppedFor(DropReason.Redirected));
        Assert.Equal(0, elsewhere.Requests);
    }

    [Fact]
    public async Task A_target_that_says_when_it_wants_to_be_asked_again_is_left_alone_until_then_by_every_event()
    {
        await using var target = new LoopbackTarget(posted => posted.Number == 1 ? LoopbackTarget.Status(429, "Retry-After: 7") : LoopbackTarget.Status(200));
        await using var output = Output(target);

        output.Offer(Message());
        await target.NextAsync();
        Assert.Equal(TimeSpan.FromSeconds(7), await Time.Timer(due => due < Ten));
        output.Offer(Message());
        Assert.Equal(TimeSpan.FromSeconds(7), await Time.Timer(due => due < Ten, count: 2));
        Time.Advance(TimeSpan.FromSeconds(6.999));
        Assert.Equal(1, target.Requests);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await target.NextAsync();
        await target.NextAsync();
        await output.DisposeAsync();

        Assert.Equal(2, output.Counts.Sent);
        AssertAllTold(output);
    }

    [Theory]
    [InlineData("86400", 30)]
    [InlineData("0", 1)]
    [InlineData("Fri, 02 Jan 2026 03:04:25 GMT", 20)]
    [InlineData("Thu, 01 Jan 2026 03:04:05 GMT", 1)]
    public async Task How_long_a_target_may_ask_for_has_bounds(string asked, int seconds)
    {
        await using var target = new LoopbackTarget(posted => posted.Number == 1 ? LoopbackTarget.Status(503, "Retry-After: " + asked) : LoopbackTarget.Status(200));
        await using var output = Output(target, options => options with { Timeout = TimeSpan.FromSeconds(60) });

        output.Offer(Message());
        await target.NextAsync();

        Assert.Equal(seconds, (await Time.Timer(due => due < TimeSpan.FromSeconds(59))).TotalSeconds);
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await target.NextAsync();
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-5")]
    [InlineData("99999999999999999999")]
    [InlineData("")]
    public async Task A_wish_that_cannot_be_read_is_none(string asked)
    {
        await using var target = new LoopbackTarget(posted => posted.Number == 1 ? LoopbackTarget.Status(503, "Retry-After: " + asked) : LoopbackTarget.Status(200));
        await using var output = Output(target);

        output.Offer(Message());
        await target.NextAsync();

        var delay = await Time.Timer(due => due < Ten);
        Assert.InRange(delay, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Time.Advance(delay);
        await target.NextAsync();
    }

    [Fact]
    public async Task A_target_that_hangs_costs_an_attempt_its_timeout()
    {
        var never = new TaskCompletionSource<string?>();
        await using var target = new LoopbackTarget(_ => never.Task);
        await using var output = Output(target, options => options with { MaxAttempts = 1, Timeout = TimeSpan.FromSeconds(5) });
        var told = Log.Line("timed_out 1");

        output.Offer(Message());
        await target.NextAsync();
        Time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Equal(1, output.Waiting);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await told;
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.DroppedFor(DropReason.TimedOut));
        AssertAllTold(output);
    }

    [Fact]
    public async Task A_target_that_sends_half_an_answer_and_hangs_costs_an_attempt_its_timeout()
    {
        await using var target = new LoopbackTarget(_ => "HTTP/1.1 200 OK\r\nContent-");
        await using var output = Output(target, options => options with { MaxAttempts = 1 });
        var told = Log.Line("timed_out 1");

        output.Offer(Message());
        await target.NextAsync();
        Time.Advance(Ten);
        await told;
        await output.DisposeAsync();

        AssertAllTold(output);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("this is no HTTP\r\n\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\r\n\r\n")]
    public async Task A_target_that_resets_or_answers_garbage_is_one_that_cannot_be_reached(string? answer)
    {
        await using var target = new LoopbackTarget(_ => answer);
        await using var output = Output(target, options => options with { MaxAttempts = 1 });
        var told = Log.Line("unreachable 1");

        output.Offer(Message());
        await told;
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.DroppedFor(DropReason.Unreachable));
        AssertAllTold(output);
    }

    [Fact]
    public async Task A_head_of_an_answer_without_an_end_is_cut_off()
    {
        await using var target = new LoopbackTarget(_ => "HTTP/1.1 200 OK\r\nX: " + new string('x', 100_000) + "\r\n\r\n");
        await using var output = Output(target, options => options with { MaxAttempts = 1 });
        var told = Log.Line("unreachable 1");

        output.Offer(Message());
        await told;
        await output.DisposeAsync();

        AssertAllTold(output);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_tried_again_when_it_may_be()
    {
        // A port that is bound and not listened at: nobody else can have it meanwhile.
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var output = Output(new Uri($"http://{bound.LocalEndPoint}/hook"), options => options with { MaxAttempts = 2 });
        var told = Log.Line("unreachable 1");

        output.Offer(Message());
        Time.Advance(await Time.Timer(due => due < Ten));
        await told;
        await output.DisposeAsync();

        Assert.Equal(1, output.Counts.Retries);
        AssertAllTold(output);
    }

    [Fact]
    public async Task No_line_of_the_log_has_the_address_a_secret_or_what_an_event_says()
    {
        var lines = new List<string>();
        await using var target = new LoopbackTarget(posted => posted.Number % 2 == 0 ? LoopbackTarget.Status(400) : null);
        await using var output = Output(target, options => options with { Secrets = [Secret], MaxAttempts = 1 });
        var told = Log.Line("did not deliver");
        var ended = Log.Line("refused");

        output.Offer(Message("\"private-words\""));
        await told;
        output.Offer(Message("\"private-words\""));
        await target.NextAsync();
        await target.NextAsync();
        await output.DisposeAsync();
        lines.Add(await told);
        lines.Add(await ended);

        Assert.All(lines, line => Assert.DoesNotContain("secret-of-the-path", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("127.0.0.1", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("private-words", line, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, output.Options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-path", output.Options.ToString(), StringComparison.Ordinal);
    }
}
