using System.Text;
using Sockeye.Server.Common;
using Xunit;

namespace Sockeye.Server.Tests.Mistakes;

public sealed class ConsoleLinesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Sink _sink = new();

    public void Dispose() => _sink.Dispose();

    [Fact]
    public void Lines_are_written_in_their_order()
    {
        var lines = new ConsoleLines(() => _sink);
        for (var i = 0; i < 20; i++)
        {
            var number = i;
            lines.Add(() => $"line {number}");
            Assert.True(lines.Flush(Patience));
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(i => $"line {i}{Environment.NewLine}")), _sink.Text);
    }

    [Fact]
    public void While_standard_error_takes_nothing_256_lines_wait_and_the_others_are_counted()
    {
        var lines = new ConsoleLines(() => _sink);
        _sink.Open.Reset();
        lines.Add(() => "held");
        Assert.True(_sink.Entered.Wait(Patience, TestContext.Current.CancellationToken));
        for (var i = 0; i < ConsoleLines.MaxWaiting + 10; i++)
        {
            lines.Add(() => "waits");
        }

        Assert.False(lines.Flush(TimeSpan.Zero));
        _sink.Open.Set();
        Assert.True(lines.Flush(Patience));
        var written = _sink.Text.Split(Environment.NewLine);
        Assert.Equal(["held", "lines of the server that were left out here, since standard error did not take them: 10", "waits", "waits"], written[..4]);
        Assert.Equal(ConsoleLines.MaxWaiting, written.Count(line => line == "waits"));
    }

    [Fact]
    public void While_standard_error_takes_nothing_lines_wait_as_text_and_not_as_what_they_are_made_from()
    {
        var lines = new ConsoleLines(() => _sink);
        _sink.Open.Reset();
        lines.Add(() => "held");
        Assert.True(_sink.Entered.Wait(Patience, TestContext.Current.CancellationToken));
        var made = 0;
        for (var i = 0; i < ConsoleLines.MaxWaiting + 10; i++)
        {
            var number = i;
            lines.Add(() => $"line {number} {Interlocked.Increment(ref made) > 0}");
        }

        Assert.Equal(ConsoleLines.MaxWaiting - ConsoleLines.MaxUnmade, Volatile.Read(ref made));
        _sink.Open.Set();
        Assert.True(lines.Flush(Patience));
        Assert.Equal(ConsoleLines.MaxWaiting, made);
        Assert.Equal(
            Enumerable.Range(0, ConsoleLines.MaxWaiting).Select(i => $"line {i} True"),
            _sink.Text.Split(Environment.NewLine).Where(line => line.StartsWith("line ", StringComparison.Ordinal)));
    }

    [Fact]
    public void As_many_as_may_wait_are_all_written()
    {
        var lines = new ConsoleLines(() => _sink);
        _sink.Open.Reset();
        lines.Add(() => "held");
        Assert.True(_sink.Entered.Wait(Patience, TestContext.Current.CancellationToken));
        for (var i = 0; i < ConsoleLines.MaxWaiting; i++)
        {
            lines.Add(() => "waits");
        }

        _sink.Open.Set();
        Assert.True(lines.Flush(Patience));
        Assert.DoesNotContain("left out", _sink.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_cannot_be_written_is_counted_and_the_next_one_is_tried()
    {
        var lines = new ConsoleLines(() => _sink);
        _sink.Fails = true;
        lines.Add(() => "lost");
        Assert.True(lines.Flush(Patience));
        _sink.Fails = false;
        lines.Add(() => "written");
        Assert.True(lines.Flush(Patience));
        lines.Add(() => "and again");
        Assert.True(lines.Flush(Patience));
        Assert.Equal(["lines of the server that were left out here, since standard error did not take them: 1", "written", "and again", ""], _sink.Text.Split(Environment.NewLine));
    }

    [Fact]
    public void Without_a_standard_error_lines_are_thrown_away()
    {
        var lines = new ConsoleLines(() => null);
        var failing = new ConsoleLines(() => throw new IOException("closed"));
        lines.Add(() => "lost");
        failing.Add(() => "lost");
        Assert.True(lines.Flush(Patience));
        Assert.True(failing.Flush(Patience));
    }

    /// <summary>A stream that can be held, and can fail.</summary>
    private sealed class Sink : MemoryStream
    {
        public ManualResetEventSlim Open { get; } = new(true);

        public ManualResetEventSlim Entered { get; } = new();

        public bool Fails { get; set; }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(byte[] buffer, int offset, int count)
        {
            Entered.Set();
            Open.Wait();
            if (Fails)
            {
                throw new IOException("no space");
            }

            base.Write(buffer, offset, count);
        }

        protected override void Dispose(bool disposing)
        {
            Open.Dispose();
            Entered.Dispose();
            base.Dispose(disposing);
        }
    }
}
