using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.Protocol.Tests.Http;

/// <summary>What reading gave, in a form that compares by value.</summary>
internal sealed record HeadResult(HttpReadStatus Status, ProtocolError Error, int Consumed, string Head);

internal sealed record BodyResult(HttpReadStatus Status, ProtocolError Error, int Consumed, string Body);

/// <summary>Reads text (a character is a byte) in one piece, cut in two at every place, and byte by byte, and demands one result.</summary>
internal static class HttpReading
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Request(params string[] lines) => string.Join("\r\n", lines) + "\r\n\r\n";

    public static HttpRequestHead Head(string text, HttpLimits? limits = null)
    {
        HttpHeadReader reader = new(limits ?? HttpLimits.Default);
        var status = reader.Read(Bytes(text), out _);
        Assert.True(status == HttpReadStatus.Complete, $"{status} {reader.Error}: {text}");
        return reader.Head;
    }

    public static HeadResult ReadHead(string text, HttpLimits? limits = null)
    {
        var bytes = Bytes(text);
        var whole = ReadHead(bytes, [bytes.Length], limits);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal(whole, ReadHead(bytes, [cut, bytes.Length], limits));
        }

        Assert.Equal(whole, ReadHead(bytes, [.. Enumerable.Range(1, bytes.Length)], limits));
        return whole;
    }

    public static HeadResult ReadHead(byte[] bytes, int[] ends, HttpLimits? limits = null)
    {
        HttpHeadReader reader = new(limits ?? HttpLimits.Default);
        var position = 0;
        var status = HttpReadStatus.NeedMore;
        foreach (var end in ends)
        {
            status = reader.Read(bytes.AsSpan(position..end), out var consumed);
            position += consumed;
            if (status != HttpReadStatus.NeedMore)
            {
                break;
            }

            Assert.Equal(end, position);
        }

        var complete = status == HttpReadStatus.Complete;
        Assert.Equal(status == HttpReadStatus.NeedMore && bytes.Length > 0, reader.HasPartial);
        return new HeadResult(status, reader.Error, complete ? position : 0, complete ? Describe(reader.Head) : "");
    }

    public static BodyResult ReadBody(string head, string body, HttpLimits? limits = null, long max = 1_000_000)
    {
        var bytes = Bytes(body);
        var whole = ReadBody(head, bytes, [bytes.Length], limits, max);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            Assert.Equal(whole, ReadBody(head, bytes, [cut, bytes.Length], limits, max));
        }

        Assert.Equal(whole, ReadBody(head, bytes, [.. Enumerable.Range(1, bytes.Length)], limits, max));
        return whole;
    }

    public static BodyResult ReadBody(string head, byte[] bytes, int[] ends, HttpLimits? limits = null, long max = 1_000_000)
    {
        HttpBodyReader reader = new(Head(head), limits ?? HttpLimits.Default, max);
        List<byte> body = [];
        var position = 0;
        var status = HttpReadStatus.NeedMore;
        foreach (var end in ends)
        {
            do
            {
                status = reader.Read(bytes.AsSpan(position..end), out var consumed, out var data);
                Assert.True(consumed > 0 || position == end || status != HttpReadStatus.NeedMore, "no progress");
                position += consumed;
                body.AddRange(data);
            }
            while (status == HttpReadStatus.NeedMore && position < end);

            if (status != HttpReadStatus.NeedMore)
            {
                break;
            }
        }

        Assert.Equal(body.Count, reader.Total);
        var complete = status == HttpReadStatus.Complete;
        return new BodyResult(status, reader.Error, complete ? position : 0, complete ? Encoding.Latin1.GetString([.. body]) : "");
    }

    private static string Describe(HttpRequestHead head)
    {
        StringBuilder text = new();
        text.Append(head.MethodText).Append(' ').Append(head.Url).Append(' ').Append(head.MinorVersion).Append('\n');
        text.Append(Encoding.Latin1.GetString(head.Path)).Append('?').Append(Encoding.Latin1.GetString(head.Query)).Append('\n');
        text.Append($"{head.KeepAlive} {head.ContentLength} {head.IsChunked} {head.ExpectContinue} {head.IsUpgrade}\n");
        for (var i = 0; i < head.HeaderCount; i++)
        {
            text.Append(Encoding.Latin1.GetString(head.HeaderName(i))).Append('=').Append(Encoding.Latin1.GetString(head.HeaderValue(i))).Append('\n');
        }

        return text.ToString();
    }
}
