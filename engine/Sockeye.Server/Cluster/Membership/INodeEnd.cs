namespace Sockeye.Server.Cluster;

/// <summary>This server as the number that it has in its cluster names it: what is said to that number, and what carries it.</summary>
internal interface INodeEnd
{
    /// <summary>Takes what comes for this node alone. On the bus's threads: it must not block.</summary>
    void Receive(in ClusterMessage message, string? replyTo);

    /// <summary>Opens what else this server listens to, once: its number is settled, and nobody knows of it yet.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Listens also to what goes to a number that this server will have next.</summary>
    Task PrepareAsync(int node);

    /// <summary>The number changes, and nobody has been told.</summary>
    void Become(int node);

    /// <summary>Lets go of what carries the number before. Completes when nothing does.</summary>
    Task LeaveAsync(int former);

    /// <summary>Listens no longer to what goes to a number.</summary>
    Task ForgetAsync(int node);
}
