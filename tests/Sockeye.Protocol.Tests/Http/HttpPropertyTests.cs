using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sockeye.Protocol.Http;
using static Sockeye.Protocol.Tests.Http.HttpReading;

namespace Sockeye.Protocol.Tests.Http;

/// <summary>What holds for every request, every body and every split of the bytes.</summary>
public sealed class HttpPropertyTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(200).WithQuietOnSuccess(true);

    private static readonly HttpLimits s_small = new()
    {
        MaxRequestLineBytes = 40,
        MaxHeaderBytes = 100,
        MaxHeaderCount = 4,
        MaxChunkLineBytes = 12,
        MaxChunkExtensionBytes = 12,
        MaxTrailerCount = 1,
        MaxTrailerBytes = 12,
    };

    private static readonly string[] s_headPieces =
    [
        "GET", "POST", " ", "/", "/a?b", "%", "%41", "http://a", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "\r\n", "\r\n", "\r\n\r\n", "\r", "\n", "Host: a", "Host:", "X", ":", ": ", "\t",
        "Content-Length: 5", "Transfer-Encoding: chunked", "Connection: Upgrade", "Upgrade: websocket", "Expect: 100-continue", "\0", "ü", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\n",
    ];

    private static readonly string[] s_chunkPieces = ["0", "1", "5", "a", "ff", "\r\n", "\r\n", "\r", "\n", ";", "=", "\"", "\\", "x", " ", "1\r\nx\r\n", "0\r\n", "\r\n\r\n", "X: y", "\0", "3\r\nabc\r\n"];

    private static Arbitrary<(string Text, int Cut)> Texts(string[] pieces) => Arb.From(
        from parts in Gen.Elements(pieces).ArrayOf()
        from cut in Gen.Choose(0, 1000)
        select (string.Concat(parts.Take(30)), cut));

    private static int[] Ends(int length, int cut) => [length * cut / 1000, length];

    [Fact]
    public void Heads_from_random_pieces_never_throw_and_every_split_gives_one_verdict() =>
        Check.One(s_config.WithMaxTest(2000), Prop.ForAll(Texts(s_headPieces), text =>
        {
            var bytes = Bytes(text.Text);
            var whole = HttpReading.ReadHead(bytes, [bytes.Length], s_small);
            Assert.Equal(whole, HttpReading.ReadHead(bytes, Ends(bytes.Length, text.Cut), s_small));
            Assert.Equal(whole, HttpReading.ReadHead(bytes, [.. Enumerable.Range(1, bytes.Length)], s_small));
        }));

    [Fact]
    public void Heads_from_random_bytes_never_throw() =>
        Check.One(s_config, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            HttpHeadReader reader = new(s_small);
            Assert.Equal(bytes.Length == 0 ? HttpReadStatus.NeedMore : reader.Read(bytes, out _), reader.Read(default, out _));
        }));

    [Fact]
    public void Chunked_bodies_from_random_pieces_never_throw_and_every_split_gives_one_verdict()
    {
        var head = Request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
        Check.One(s_config.WithMaxTest(2000), Prop.ForAll(Texts(s_chunkPieces), text =>
        {
            var bytes = Bytes(text.Text);
            var whole = ReadBody(head, bytes, [bytes.Length], s_small, 40);
            Assert.Equal(whole, ReadBody(head, bytes, Ends(bytes.Length, text.Cut), s_small, 40));
            Assert.Equal(whole, ReadBody(head, bytes, [.. Enumerable.Range(1, bytes.Length)], s_small, 40));
        }));
    }

    [Fact]
    public void A_head_that_was_accepted_gives_the_same_head_when_written_and_read_again() =>
        Check.One(s_config.WithMaxTest(2000), Prop.ForAll(Texts([.. s_headPieces.Where(piece => piece is not ("\0" or "\r" or "\n" or "\t"))]), text =>
        {
            HttpHeadReader reader = new(HttpLimits.Default);
            if (reader.Read(Bytes("GET / HTTP/1.1\r\nHost: a\r\n" + text.Text + "\r\n\r\n"), out _) != HttpReadStatus.Complete)
            {
                return;
            }

            var head = reader.Head;
            StringBuilder again = new($"{head.MethodText} {head.Url} HTTP/1.{head.MinorVersion}\r\n");
            for (var i = 0; i < head.HeaderCount; i++)
            {
                again.Append(Encoding.Latin1.GetString(head.HeaderName(i))).Append(": ").Append(Encoding.Latin1.GetString(head.HeaderValue(i))).Append("\r\n");
            }

            var second = Head(again + "\r\n");
            Assert.Equal((head.ContentLength, head.IsChunked, head.KeepAlive, head.IsUpgrade, head.HeaderCount), (second.ContentLength, second.IsChunked, second.KeepAlive, second.IsUpgrade, second.HeaderCount));
        }));

    [Fact]
    public void A_body_cut_into_random_chunks_is_put_together_again()
    {
        var head = Request("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
        Arbitrary<(byte[][] Chunks, int Cut)> cases = Arb.From(
            from chunks in ArbMap.Default.GeneratorFor<byte[]>().ArrayOf()
            from cut in Gen.Choose(0, 1000)
            select (chunks.Where(chunk => chunk.Length > 0).ToArray(), cut));
        Check.One(s_config, Prop.ForAll(cases, sent =>
        {
            var body = string.Concat(sent.Chunks.Select(chunk => $"{chunk.Length:x}\r\n{Encoding.Latin1.GetString(chunk)}\r\n")) + "0\r\n\r\n";
            var bytes = Bytes(body + "next");
            var result = ReadBody(head, bytes, Ends(bytes.Length, sent.Cut));
            Assert.Equal(new BodyResult(HttpReadStatus.Complete, ProtocolError.None, body.Length, string.Concat(sent.Chunks.Select(Encoding.Latin1.GetString))), result);
        }));
    }

    [Fact]
    public void Queries_never_throw_and_agree_with_themselves() =>
        Check.One(s_config, Prop.ForAll(Texts(["a", "b", "=", "&", "%", "%4", "%41", "%ff", "+", "é"]), text =>
        {
            var query = Bytes(text.Text);
            foreach (var pair in QueryString.Parse(query))
            {
                var name = Encoding.UTF8.GetBytes(pair.Key);
                Assert.True(pair.Key.Contains('\uFFFD', StringComparison.Ordinal) || QueryString.TryGet(query, name, out _));
            }
        }));
}
