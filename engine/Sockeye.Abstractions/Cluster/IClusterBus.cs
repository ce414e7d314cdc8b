namespace Sockeye.Cluster;

/// <summary>Carries messages between the nodes of a cluster by subjects: what the cluster, and plugins, are built on. All members may be called from any thread.</summary>
/// <remarks>
/// <para><b>Order.</b> What one thread publishes to one subject arrives at each subscription in that order, one message after the other. Subscriptions below <see cref="BusSubject.Data"/> have one order: what one thread publishes to several
/// of their subjects arrives at those of one bus in the order in which it was published, one receiver after the other. <b>Delivery</b> is at most once: what an outage takes with it is counted by those above.</para>
/// <para><b>Subjects</b> are tokens of visible ASCII without <c>*</c> and <c>&gt;</c>, joined by dots, at most <see cref="BusSubject.MaxLength"/> characters; a subscription may have <c>*</c> for a token and a last <c>&gt;</c> for one or more.
/// What begins with <see cref="BusSubject.Control"/> may go another way than the rest, so that a flood of messages does not hold it up: there is no order between the two.</para>
/// </remarks>
public interface IClusterBus : IAsyncDisposable
{
    /// <summary>Raised after <see cref="State"/> has changed, on any thread; a handler that throws is logged by whoever raises it.</summary>
    event Action<BusState>? StateChanged;

    /// <summary>Raised with the reply subject of a message that nobody has subscribed to, on any thread, soon after it was published. <see cref="BusRequester"/> listens to it.</summary>
    event Action<string>? NoResponders;

    /// <summary>How it stands.</summary>
    BusState State { get; }

    /// <summary>Bytes of the longest message; a longer one is dropped.</summary>
    int MaxMessageBytes { get; }

    /// <summary>Connects, before anything is published: a server does so before its plugins and listeners start. A bus that needs none returns at once, a second call waits for the first, and one behind a failure tries again.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BusException">There is no connection, or it may not be used; the message says why in a sentence.</exception>
    /// <exception cref="ObjectDisposedException">The bus has been closed.</exception>
    ValueTask ConnectAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    /// <summary>Publishes a message: the head and the parts, one after the other, copied during the call.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="head">What comes first.</param>
    /// <param name="parts">What follows, as one.</param>
    /// <param name="replyTo">Where answers are expected; null: nowhere.</param>
    /// <returns><see cref="EmitResult.Accepted"/>; <see cref="EmitResult.Dropped"/>: there was no room for it, or it is too long; <see cref="EmitResult.Closed"/>: the bus has been closed.</returns>
    /// <exception cref="ArgumentException">A subject is none.</exception>
    EmitResult Publish(string subject, ReadOnlySpan<byte> head, ReadOnlySpan<ReadOnlyMemory<byte>> parts, string? replyTo = null);

    /// <summary>Receives what is published to a subject from now on.</summary>
    /// <param name="subject">The subject, or a pattern of subjects.</param>
    /// <param name="receiver">Called where the bus reads, never inside of a call of <see cref="Publish"/> and never twice at once: it must not block. What it throws is logged and counted, and the next message comes all the same.</param>
    /// <param name="group">A name, which is written as a subject is: of all subscriptions with one name that a message belongs to, on all nodes, one gets it; null: this one gets them all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when the subscription holds on the bus's server. Disposing it ends it.</returns>
    /// <exception cref="ArgumentException">The subject or the group is none.</exception>
    /// <exception cref="BusException">The bus's server does not allow it.</exception>
    /// <exception cref="ObjectDisposedException">The bus has been closed.</exception>
    ValueTask<IBusSubscription> SubscribeAsync(string subject, BusReceiver receiver, string? group = null, CancellationToken cancellationToken = default);
}

/// <summary>A subscription, until it is disposed: no call of its receiver begins afterwards. The task of <see cref="IAsyncDisposable.DisposeAsync"/> completes when the one that runs has returned as well,
/// unless that one is the caller.</summary>
public interface IBusSubscription : IAsyncDisposable
{
    /// <summary>What was subscribed.</summary>
    string Subject { get; }

    /// <summary>Why nothing comes any more although it has not been disposed: the bus's server does not allow it; null: it does. Whoever needs it subscribes again.</summary>
    BusException? Denied => null;
}

/// <summary>Receives a message.</summary>
/// <param name="message">The message, valid during the call.</param>
public delegate void BusReceiver(in BusMessage message);

/// <summary>How a bus stands.</summary>
public enum BusState
{
    /// <summary>It is not connected yet.</summary>
    Connecting,

    /// <summary>Messages go out and come in.</summary>
    Open,

    /// <summary>The connection is lost and looked for; what is published waits, within bounds.</summary>
    Disconnected,

    /// <summary>It has been closed, for good.</summary>
    Closed,
}
