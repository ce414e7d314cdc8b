using BenchmarkDotNet.Attributes;
using Sockeye.EngineIO;
using Sockeye.Transport;

namespace Sockeye.Benchmarks;

/// <summary>The queue of what leaves on one connection.</summary>
public class OutboxBenchmarks
{
    private readonly Outbox _outbox = new(new OutboxOptions());
    private readonly Frame _frame = Frame.Rent();

    /// <summary>Messages that wait together.</summary>
    [Params(1, 16)]
    public int Waiting { get; set; }

    /// <summary>The body that all of them share.</summary>
    [GlobalSetup]
    public void Fill() => _frame.Append("2[\"move\",7,1.5,\"left\"]"u8);

    /// <summary>Each is queued; then all are taken and the watermark is looked at.</summary>
    [Benchmark]
    public int EnqueueAndFlush()
    {
        for (var i = 0; i < Waiting; i++)
        {
            _ = _outbox.TryEnqueue(_frame.Retain());
        }

        while (_outbox.TryPeek(out _))
        {
            _outbox.Dequeue();
        }

        _outbox.ReportTransport(0);
        return _outbox.Count;
    }

    /// <summary>A newer value takes the place of the one that waits.</summary>
    [Benchmark]
    public int ReplaceByKey()
    {
        for (var i = 0; i <= Waiting; i++)
        {
            _ = _outbox.TryEnqueue(_frame.Retain(), key: "pos", keyId: 7);
        }

        _outbox.Clear();
        return _outbox.Count;
    }
}
