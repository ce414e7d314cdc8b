using System.Text;
using Sockeye.Transport;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

public sealed class PollingTests
{
    [Fact]
    public void The_answer_to_a_message_leaves_although_what_follows_it_in_the_body_ends_the_session()
    {
        using var engine = new EngineHarness();
        engine.Handler.Echo = true;
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        Assert.Equal(400, engine.Connect().Post(target, "4hello\u001ex").Status);
        Assert.Equal("4hello", poll.Receive().Text);
        Assert.StartsWith("parse error", Assert.Single(engine.Handler.Closes));
        Assert.Equal(400, engine.Get(target).Status);
    }

    [Fact]
    public void Packets_of_a_POST_arrive_in_order_and_leave_in_one_answer()
    {
        using var engine = new EngineHarness();
        engine.Handler.Echo = true;
        var target = engine.Open();
        var post = engine.Connect().Post(target, "4test1\u001e4\u001ebAQIDBA==\u001e4тест", "Content-Type: text/plain;charset=UTF-8");
        Assert.Equal((200, "ok", "text/html"), (post.Status, post.Text, post.Header("Content-Type")));
        Assert.Equal("no-store", post.Header("Cache-Control"));
        Assert.Equal(["test1", "", "b:01020304", "тест"], engine.Handler.Messages(engine.Session));
        Assert.Equal("4test1\u001e4\u001ebAQIDBA==\u001e4тест", engine.Get(target).Text);
    }

    [Fact]
    public void A_GET_is_held_until_there_is_something_and_takes_all_of_the_turn()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        Assert.Null(poll.TryReceive());
        engine.OnLoop(engine.Session, () =>
        {
            engine.Session.SendText("a"u8);
            engine.Session.SendText("b"u8);
        });
        Assert.Equal("4a\u001e4b", poll.Receive().Text);
    }

    [Fact]
    public void An_answer_has_at_most_16_packets_and_the_rest_follows_in_order()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        engine.OnLoop(engine.Session, () =>
        {
            for (var i = 0; i < 17; i++)
            {
                engine.Session.SendText(Encoding.UTF8.GetBytes($"{i}"));
            }
        });
        Assert.Equal(string.Join('\u001e', Enumerable.Range(0, 16).Select(i => $"4{i}")), engine.Get(target).Text);
        Assert.Equal("416", engine.Get(target).Text);
    }

    [Fact]
    public void An_answer_stops_at_its_bytes_but_one_packet_of_any_size_goes()
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPollAnswerBytes = 11 });
        var target = engine.Open();
        engine.OnLoop(engine.Session, () =>
        {
            foreach (var text in (string[])["1234", "6789", "x", "a long one beyond the limit"])
            {
                engine.Session.SendText(Encoding.UTF8.GetBytes(text));
            }
        });
        Assert.Equal("41234\u001e46789", engine.Get(target).Text);
        Assert.Equal("4x", engine.Get(target).Text);
        Assert.Equal("4a long one beyond the limit", engine.Get(target).Text);
    }

    [Fact]
    public void A_message_far_beyond_the_kept_buffer_arrives_whole()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var data = new byte[300_000];
        Random.Shared.NextBytes(data);
        engine.OnLoop(engine.Session, () => engine.Session.SendBinary(data));
        Assert.Equal("b" + Convert.ToBase64String(data), engine.Get(target).Text);
        engine.OnLoop(engine.Session, () => engine.Session.SendText("small"u8));
        Assert.Equal("4small", engine.Get(target).Text);
    }

    [Fact]
    public void A_second_GET_gets_400_the_first_a_close_packet_and_the_session_ends()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var first = engine.Connect().Send("GET", target);
        var second = engine.Get(target);
        Assert.Equal((400, ""), (second.Status, second.Text));
        Assert.Equal("1", first.Receive().Text);
        Assert.Equal("""{"code":1,"message":"Session ID unknown"}""", engine.Get(target).Text);
        Assert.Equal(["transport error|overlap from client"], engine.Handler.Closes);
    }

    [Fact]
    public void A_GET_beside_an_answer_that_has_not_left_yet_gets_400_and_the_session_ends()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var first = engine.Connect().Send("GET", target);
        first.Peer.StopReading = true;
        engine.OnLoop(engine.Session, () => engine.Session.SendBinary(new byte[1_000_000]));
        Assert.Equal(400, engine.Get(target).Status);
        Assert.Equal(["transport error|overlap from client"], engine.Handler.Closes);
    }

    [Fact]
    public void A_second_POST_gets_400_and_the_session_ends()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var first = engine.Connect();
        var request = HttpPeer.Request("POST", target, "4hello");
        first.Peer.Send(request.AsSpan(0, request.Length - 2));
        engine.Run();
        var second = engine.Connect().Post(target, "4x");
        Assert.Equal((400, ""), (second.Status, second.Text));
        Assert.Equal(400, first.Receive().Status);
        Assert.Equal(["transport error|data request overlap from client"], engine.Handler.Closes);
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("4a\u001e")]
    [InlineData("\u001e4a")]
    [InlineData("4a\u001e\u001e4b")]
    [InlineData("7")]
    [InlineData("b####")]
    [InlineData("bAB=")]
    public void A_malformed_payload_gets_400_and_ends_the_session_with_a_parse_error(string body)
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var post = engine.Connect().Post(target, body);
        Assert.Equal((400, ""), (post.Status, post.Text));
        Assert.Equal("1", poll.Receive().Text);
        Assert.StartsWith("parse error|", Assert.Single(engine.Handler.Closes), StringComparison.Ordinal);
        Assert.Equal(400, engine.Get(target).Status);
    }

    [Fact]
    public void Packets_before_a_bad_one_are_delivered()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        Assert.Equal(400, engine.Connect().Post(target, "4good\u001e9bad\u001e4never").Status);
        Assert.Equal(["good"], engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void The_close_packet_of_a_client_is_accepted_and_releases_its_poll_with_a_noop()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var post = engine.Connect().Post(target, "4last\u001e1\u001e4never");
        Assert.Equal((200, "ok"), (post.Status, post.Text));
        Assert.Equal("6", poll.Receive().Text);
        Assert.Equal(["transport close"], engine.Handler.Closes);
        Assert.Equal(["last"], engine.Handler.Messages(engine.Session));
        Assert.Equal(400, engine.Get(target).Status);
    }

    [Fact]
    public void The_answer_to_a_close_waits_a_moment_for_the_poll_that_may_be_under_way()
    {
        using var engine = new EngineHarness(loops: 2);
        var target = engine.Open();
        var post = engine.Connect().Send("POST", target, "1");
        Assert.Equal(["transport close"], engine.Handler.Closes);
        Assert.Equal(0, engine.Engine.SessionCount);
        Assert.Null(post.TryReceive());
        Assert.Equal("6", engine.Connect(1).Get(target).Text);
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(400, engine.Get(target).Status);

        target = engine.Open();
        post = engine.Connect().Send("POST", target, "1");
        engine.Advance(19);
        Assert.Null(post.TryReceive());
        engine.Advance(1);
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(400, engine.Get(target).Status);

        target = engine.Open();
        engine.Connect().Send("POST", target, "1").Reset();
        Assert.Equal(0, engine.Engine.HeldSessions);
    }

    [Theory]
    [InlineData("application/octet-stream", false)]
    [InlineData("application/json", false)]
    [InlineData("text/plainx", false)]
    [InlineData("text/plain", true)]
    [InlineData("TEXT/plain; charset=utf-8", true)]
    [InlineData("text/plain ;charset=utf-8", true)]
    [InlineData("text/plain;", true)]
    [InlineData("text/plain charset=utf-8", false)]
    [InlineData("text/plain, text/html", false)]
    [InlineData("text/html", false)]
    [InlineData("text/", false)]
    [InlineData(";", false)]
    [InlineData("", false)]
    [InlineData("application/x-www-form-urlencoded", false)]
    public void A_body_that_cannot_be_text_gets_400_and_ends_the_session(string type, bool isAccepted)
    {
        using var engine = new EngineHarness();
        var post = engine.Connect().Post(engine.Open(), "4x", "Content-Type: " + type);
        Assert.Equal(isAccepted ? 200 : 400, post.Status);
        Assert.Equal(isAccepted ? [] : ["transport error|invalid content: the Content-Type of a POST is text/plain, or there is none"], engine.Handler.Closes);
    }

    [Theory]
    [InlineData(1000, 200)]
    [InlineData(1001, 413)]
    public void A_body_at_the_limit_is_taken_and_one_byte_above_it_ends_the_session(int length, int status)
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPayloadBytes = 1000 });
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        Assert.Equal(status, engine.Connect().Post(target, "4" + new string('x', length - 1)).Status);
        Assert.Equal(status == 200 ? [] : ["transport error|payload too large"], engine.Handler.Closes);
        Assert.Equal(status == 200 ? null : "1", poll.TryReceive()?.Text);
    }

    [Fact]
    public void A_chunked_body_is_limited_too()
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPayloadBytes = 10 });
        var target = engine.Open();
        var peer = engine.Connect();
        peer.Peer.Send(Encoding.ASCII.GetBytes($"POST {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n4aaaa\r\n6\r\nbbbbbb\r\n0\r\n\r\n"));
        engine.Run();
        Assert.Equal(413, peer.Receive().Status);
        Assert.Equal(["transport error|payload too large"], engine.Handler.Closes);
    }

    [Theory]
    [InlineData(8, 200)]
    [InlineData(9, 400)]
    public void The_packets_of_a_body_are_limited(int packets, int status)
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPacketsPerPayload = 8 });
        var post = engine.Connect().Post(engine.Open(), string.Join('\u001e', Enumerable.Repeat("4x", packets)));
        Assert.Equal(status, post.Status);
        Assert.Equal(8, engine.Handler.Messages(engine.Session).Count);
        Assert.Equal(status == 200 ? 0 : 1, engine.Handler.Closes.Count);
    }

    [Fact]
    public void The_packets_of_a_body_are_limited_also_when_reading_pauses_between_them()
    {
        using var engine = new EngineHarness(new EngineOptions { MaxPacketsPerPayload = 3 });
        engine.Handler.Received = (session, _) => session.PauseReading();
        var target = engine.Open();
        var peer = engine.Connect().Send("POST", target, "4a\u001e4b\u001e4c\u001e4d");
        for (var i = 1; i <= 4; i++)
        {
            engine.Run();
            engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        }

        Assert.Equal(400, peer.Receive().Status);
        Assert.Equal(["a", "b", "c"], engine.Handler.Messages(engine.Session));
        Assert.Single(engine.Handler.Closes);
    }

    [Fact]
    public void A_poll_whose_connection_dies_ends_the_session()
    {
        foreach (var reset in (bool[])[true, false])
        {
            using var engine = new EngineHarness();
            var target = engine.Open();
            var poll = engine.Connect().Send("GET", target);
            if (reset)
            {
                poll.Reset();
            }
            else
            {
                poll.Close();
            }

            Assert.Equal(["transport error|poll connection closed prematurely"], engine.Handler.Closes);
            Assert.Contains("\"code\":1", engine.Get(target).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_POST_whose_connection_dies_ends_the_session_without_a_message()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var peer = engine.Connect();
        peer.Peer.Send(HttpPeer.Request("POST", target, "4hello").AsSpan()[..^2]);
        engine.Run();
        peer.Reset();
        Assert.Equal(["transport error|data request connection closed prematurely"], engine.Handler.Closes);
        Assert.Empty(engine.Handler.Messages(engine.Session));
    }

    [Fact]
    public void What_the_kernel_has_not_taken_counts_in_the_outbox_and_is_not_lost_silently()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var poll = engine.Connect();
        poll.Peer.WindowBytes = 100;
        poll.Peer.StopReading = true;
        poll.Send("GET", target);
        engine.OnLoop(engine.Session, () => engine.Session.SendText(new byte[5000].AsSpan()));
        Assert.InRange(engine.Session.OutboxBytes, 4900, 6000);
        Assert.Equal(EngineState.Open, engine.Session.State);
        poll.Reset();
        Assert.Equal(["transport error|poll connection closed prematurely"], engine.Handler.Closes);
    }

    [Fact]
    public void The_outbox_is_empty_once_the_kernel_has_taken_the_answer()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = new OutboxOptions { HighWatermarkBytes = 4000, LowWatermarkBytes = 1000 } });
        var target = engine.Open();
        var poll = engine.Connect();
        poll.Peer.StopReading = true;
        poll.Send("GET", target);
        EmitResult result = default;
        engine.OnLoop(engine.Session, () => result = engine.Session.SendText(new byte[5000].AsSpan()));
        Assert.Equal(EmitResult.AboveHighWatermark, result);
        Assert.False(engine.Session.IsWritable);
        Assert.Equal(0, engine.Handler.Writable);
        poll.Peer.StopReading = false;
        engine.Run();
        Assert.Equal(0, engine.Session.OutboxBytes);
        Assert.True(engine.Session.IsWritable);
        Assert.Equal(1, engine.Handler.Writable);
        Assert.Equal(5001, poll.Receive().Body.Length);
    }

    [Fact]
    public void A_client_that_takes_nothing_overruns_its_outbox_and_is_closed_as_a_slow_consumer()
    {
        using var engine = new EngineHarness(new EngineOptions { Outbox = new OutboxOptions { HighWatermarkBytes = 2000, LowWatermarkBytes = 1000, MaxBytes = 4550 } });
        var target = engine.Open();
        var results = new List<EmitResult>();
        var closesInside = -1;
        engine.OnLoop(engine.Session, () =>
        {
            for (var i = 0; i < 6; i++)
            {
                results.Add(engine.Session.SendText(new byte[1000].AsSpan()));
            }

            closesInside = engine.Handler.Closes.Count;
        });
        Assert.Equal([EmitResult.Accepted, EmitResult.AboveHighWatermark, EmitResult.AboveHighWatermark, EmitResult.AboveHighWatermark, EmitResult.Closed, EmitResult.Closed], results);
        Assert.Equal(0, closesInside);
        Assert.Equal(["slow consumer|the outbox is full"], engine.Handler.Closes);
        Assert.Equal(400, engine.Get(target).Status);
    }

    [Fact]
    public void CurrentRequest_is_the_POST_that_carried_the_message()
    {
        using var engine = new EngineHarness();
        string? header = null;
        engine.Handler.Received = (session, _) => header = session.CurrentRequest!.Header("x-test");
        var target = engine.Open();
        engine.Connect().Post(target, "4x", "X-Test: 42");
        Assert.Equal("42", header);
        Assert.Null(engine.Session.CurrentRequest);
        Assert.Equal(Polling, engine.Session.Request.Url);
    }

    [Fact]
    public void A_paused_session_delivers_nothing_further_and_goes_on_where_it_stopped()
    {
        using var engine = new EngineHarness();
        engine.Handler.Received = (session, text) =>
        {
            if (text is "2" or "4")
            {
                session.PauseReading();
            }
        };
        var target = engine.Open();
        var post = engine.Connect().Send("POST", target, "41\u001e42\u001e43\u001e44\u001e45");
        Assert.Equal(["1", "2"], engine.Handler.Messages(engine.Session));
        Assert.Null(post.TryReceive());
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        Assert.Equal(["1", "2", "3", "4"], engine.Handler.Messages(engine.Session));
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        Assert.Equal(["1", "2", "3", "4", "5"], engine.Handler.Messages(engine.Session));
        Assert.Equal("ok", post.Receive().Text);
        engine.OnLoop(engine.Session, engine.Session.PauseReading);
        var held = engine.Connect().Send("POST", target, "46");
        Assert.Null(held.TryReceive());
        engine.OnLoop(engine.Session, engine.Session.ResumeReading);
        Assert.Equal("6", engine.Handler.Messages(engine.Session)[^1]);
        Assert.Equal("ok", held.Receive().Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_POST_that_waits_because_reading_is_paused_is_answered_when_the_server_closes_the_session(bool discard)
    {
        using var engine = new EngineHarness();
        engine.Handler.Received = (session, _) => session.PauseReading();
        var held = BufferCounters.HeldBytes;
        var target = engine.Open();
        var poll = engine.Connect().Send("GET", target);
        var post = engine.Connect().Send("POST", target, "41\u001e42");
        Assert.Null(post.TryReceive());
        engine.OnLoop(engine.Session, () => engine.Session.Close(discard: discard));
        Assert.Equal("1", poll.Receive().Text);
        Assert.Equal("ok", post.Receive().Text);
        Assert.Equal(["1"], engine.Handler.Messages(engine.Session));
        Assert.Equal(0, engine.Engine.HeldSessions);
        Assert.Equal(held, BufferCounters.HeldBytes);
    }

    [Fact]
    public void Messages_of_other_threads_arrive_in_their_order()
    {
        using var engine = new EngineHarness();
        var target = engine.Open();
        var session = engine.Session;
        var thread = new Thread(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(EmitResult.Accepted, session.SendText(Encoding.UTF8.GetBytes($"{i}")));
            }
        });
        thread.Start();
        thread.Join();
        engine.Run();
        Assert.Equal("40\u001e41\u001e42\u001e43\u001e44\u001e45\u001e46\u001e47\u001e48\u001e49", engine.Get(target).Text);
        var closer = new Thread(() => session.Close());
        closer.Start();
        closer.Join();
        engine.Run();
        Assert.Equal(["forced server close"], engine.Handler.Closes);
        Assert.Equal(EmitResult.Closed, session.SendText("late"u8));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Requests_on_connections_of_any_loop_reach_the_session(int loops)
    {
        using var engine = new EngineHarness(loops: loops);
        engine.Handler.Echo = true;
        var target = engine.Open(loops - 1);
        for (var i = 0; i < 8; i++)
        {
            var poll = engine.Connect(i % loops).Send("GET", target);
            Assert.Equal("ok", engine.Connect((i + 1) % loops).Post(target, $"4{i}").Text);
            Assert.Equal($"4{i}", poll.Receive().Text);
        }

        Assert.Same(engine.Transport.Loops[loops - 1], engine.Session.Loop);
    }

    [Fact]
    public void A_handler_that_throws_closes_nothing()
    {
        using var engine = new EngineHarness();
        engine.Handler.Received = (_, _) => throw new InvalidOperationException("broken");
        var target = engine.Open();
        Assert.Equal("ok", engine.Connect().Post(target, "41\u001e42").Text);
        Assert.Equal(["1", "2"], engine.Handler.Messages(engine.Session));
        Assert.Empty(engine.Handler.Closes);
    }

    [Fact]
    public void A_thousand_sessions_come_and_go_and_leave_nothing()
    {
        using var engine = new EngineHarness(loops: 2);
        for (var i = 0; i < 500; i++)
        {
            var target = engine.Open(i % 2);
            var peer = engine.Connect();
            peer.Send("POST", target, "4x\u001e1");
            engine.Advance(20);
            Assert.Equal("ok", peer.Receive().Text);
            peer.Close();
            var webSocket = engine.ConnectWebSocket();
            webSocket.Send("4y");
            webSocket.Reset();
        }

        Assert.Equal(1000, engine.Handler.Sessions.Count);
        Assert.Equal(1000, engine.Handler.Closes.Count);
        Assert.Equal(0, engine.Engine.SessionCount);
        Assert.Equal(0, engine.Engine.HeldSessions);
    }
}
