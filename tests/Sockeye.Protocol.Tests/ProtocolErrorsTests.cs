using System.Text.RegularExpressions;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.Protocol.Tests;

public sealed partial class ProtocolErrorsTests
{
    public static TheoryData<ProtocolError> Errors() => [.. Enum.GetValues<ProtocolError>().Where(error => error != ProtocolError.None)];

    [GeneratedRegex("^(http|websocket|engineio|socketio)_[a-z0-9_]+$")]
    private static partial Regex Metric();

    [Theory]
    [MemberData(nameof(Errors))]
    public void Every_error_is_described(ProtocolError error)
    {
        var info = ProtocolErrors.Describe(error);
        Assert.NotEqual("unknown", info.Metric);
        Assert.Matches(Metric(), info.Metric);
        Assert.EndsWith(".", info.Text, StringComparison.Ordinal);
        Assert.True(info.HttpStatus == 0 || info.HttpStatus is >= 400 and <= 505, $"status {info.HttpStatus}");
        Assert.True(info.CloseCode == 0 || WebSocketFrames.IsValidCloseCode(info.CloseCode), $"close code {info.CloseCode}");
        Assert.True(info.HttpStatus != 0 || info.CloseCode != 0, "an error has a consequence");
    }

    [Fact]
    public void Metrics_are_distinct()
    {
        string[] metrics = [.. Enum.GetValues<ProtocolError>().Select(error => ProtocolErrors.Describe(error).Metric)];
        Assert.Equal(metrics.Length, metrics.Distinct().Count());
    }

    [Fact]
    public void None_and_unknown_numbers_are_described_too()
    {
        Assert.Equal(new ProtocolErrorInfo(0, 0, "none", "Nothing is wrong."), ProtocolErrors.Describe(ProtocolError.None));
        Assert.Equal("unknown", ProtocolErrors.Describe((ProtocolError)255).Metric);
    }
}
