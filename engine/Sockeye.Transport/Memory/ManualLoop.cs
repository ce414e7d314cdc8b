using DotNetty.Buffers;
using DotNetty.Common.Concurrency;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport;

/// <summary>A loop that is driven by hand: its clock stands still and its work waits until the caller runs it, on the caller's thread.</summary>
public sealed class ManualLoop : AbstractEventExecutor, ITransportLoop
{
    /// <inheritdoc/>
    public int Index => throw new NotSupportedException();

    /// <inheritdoc/>
    public TimeSpan Now => throw new NotSupportedException();

    /// <inheritdoc/>
    public SynchronizationContext Context => throw new NotSupportedException();

    /// <inheritdoc/>
    public LoopCounters Counters => throw new NotSupportedException();

    /// <inheritdoc/>
    public string? CurrentActivity { get; set; }

    /// <inheritdoc/>
    public override bool IsShuttingDown => false;

    /// <inheritdoc/>
    public override bool IsShutdown => false;

    /// <inheritdoc/>
    public override bool IsTerminated => false;

    /// <inheritdoc/>
    public override Task TerminationCompletion => Task.CompletedTask;

    IEventLoopGroup IEventLoop.Parent => throw new NotSupportedException();

    IEnumerable<IEventLoop> IEventLoopGroup.Items => [this];

    /// <summary>Moves the clock on, step by step to each due moment, and runs what comes due.</summary>
    /// <param name="by">How far.</param>
    public void Advance(TimeSpan by) => throw new NotSupportedException();

    /// <summary>Runs turns until nothing is left to do at this moment.</summary>
    public void RunUntilIdle() => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Post(ILoopWork work) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Post(Action<object?> action, object? state) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void AtTurnEnd(ITurnEnd item) => throw new NotSupportedException();

    /// <inheritdoc/>
    public DueList DueList(TimeSpan interval) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IByteBuffer RentBuffer(int minimumCapacity) => LoopBuffer.Rent(minimumCapacity);

    /// <inheritdoc/>
    public override void Execute(IRunnable task) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override bool IsInEventLoop(Thread thread) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task ShutdownGracefullyAsync(TimeSpan quietPeriod, TimeSpan timeout) => throw new NotSupportedException();

    IEventLoop IEventLoopGroup.GetNext() => this;

    Task IEventLoopGroup.RegisterAsync(IChannel channel) => channel.Unsafe.RegisterAsync(this);

    /// <inheritdoc/>
    protected override IEnumerable<IEventExecutor> GetItems() => [this];
}
