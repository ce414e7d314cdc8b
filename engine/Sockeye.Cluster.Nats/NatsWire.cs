namespace Sockeye.Cluster.Nats;

/// <summary>How subjects of the bus are written in NATS.</summary>
/// <remarks>
/// <para>What begins as the cluster's own subjects do (<see cref="BusSubject.Control"/>, <see cref="BusSubject.Data"/>) has the cluster's name in it and stays as it is. Everything else, of plugins and of the
/// bus itself, lies below <c>sockeye.bus.&lt;version&gt;.&lt;name&gt;.</c>, so that several clusters share one NATS. A pattern that begins with a wildcard is below it too, and matches none of the cluster's own.</para>
/// <para>Where an answer is expected, the subject for it stands behind one of the connection that asks, <c>_bus.&lt;connection&gt;.r.</c>: NATS says
/// that nobody listens only to a connection which has subscribed to the reply subject itself, and so each connection subscribes to its own once, whatever the bus's callers do.</para>
/// <para>A subject outside of the cluster, that of a requester who is no node, is shown below <c>_out.</c> and can be answered there.</para>
/// <para>Any thread; it has no state.</para>
/// </remarks>
/// <param name="name">The cluster's name.</param>
internal sealed class NatsWire(string name)
{
    private const string Own = "_bus.";
    private const string Outside = "_out.";
    private const string Answers = ".r.";

    private readonly string _cluster = FormattableString.Invariant($"{BusSubject.WireVersion}.{BusSubject.Token(name)}.");

    /// <summary>What stands before every subject that is not the cluster's own.</summary>
    public string Prefix => field ??= "sockeye.bus." + _cluster;

    /// <summary>What a node has to be allowed to publish and to subscribe.</summary>
    public string Permission => $"sockeye.*.{_cluster}>";

    /// <summary>Subjects that stand for those of the cluster's messages and of plugins.</summary>
    public string[] DataClasses => [$"{BusSubject.Data}{_cluster}test.", "plugins.test."];

    /// <summary>Subjects that stand for those of control.</summary>
    public string[] ControlClasses => [$"{BusSubject.Control}{_cluster}test."];

    /// <summary>A subject as NATS knows it.</summary>
    public string Of(string subject) => subject.StartsWith(Outside, StringComparison.Ordinal) ? subject[Outside.Length..] : IsOfCluster(subject) ? subject : Prefix + subject;

    /// <summary>What one connection listens to.</summary>
    public string Inbox(string connection) => $"{Prefix}{Own}{connection}.>";

    /// <summary>What one connection says to itself.</summary>
    public string Echo(string connection) => $"{Prefix}{Own}{connection}.e";

    /// <summary>Where NATS sends an answer, or that there is nobody to give one.</summary>
    public string Reply(string connection, string replyTo) => $"{Prefix}{Own}{connection}{Answers}{replyTo}";

    /// <summary>Whether a subject of NATS is one that connections use for themselves.</summary>
    public bool IsOwn(string wire) => !IsOfCluster(wire) && wire.AsSpan(Prefix.Length).StartsWith(Own, StringComparison.Ordinal);

    /// <summary>A subject as the bus's callers know it.</summary>
    public string Inner(string wire) => wire.StartsWith(Prefix, StringComparison.Ordinal) ? wire[Prefix.Length..] : wire;

    /// <summary>Where an answer goes, as the bus's callers know it; null: nowhere that a subject can say.</summary>
    public string? InnerReply(string? wire)
    {
        if (wire is null)
        {
            return null;
        }

        if (IsOfCluster(wire))
        {
            return wire;
        }

        if (!wire.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return wire.Length + Outside.Length <= BusSubject.MaxLength && BusSubject.IsValid(wire) ? Outside + wire : null;
        }

        var inner = IsOwn(wire) ? OfAnswer(wire) : wire[Prefix.Length..];
        return BusSubject.IsValid(inner) ? inner : null;
    }

    /// <summary>What an answer was expected at, from a subject that a connection listens to.</summary>
    public string? OfAnswer(string wire)
    {
        var at = wire.IndexOf(Answers, Prefix.Length + Own.Length, StringComparison.Ordinal);
        return at < 0 ? null : wire[(at + Answers.Length)..];
    }

    private static bool IsOfCluster(string subject) => subject.StartsWith(BusSubject.Control, StringComparison.Ordinal) || subject.StartsWith(BusSubject.Data, StringComparison.Ordinal);
}
