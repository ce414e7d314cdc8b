namespace Sockeye.Load;

/// <summary>The servers that run: those with the usual settings stay up for the whole suite, so that they can be measured in turn.</summary>
internal sealed class ServerPool : IDisposable
{
    private static readonly ServerSettings Usual = new();

    private readonly Dictionary<(string Kind, ServerSettings Settings), ServerProcess> _servers = [];

    /// <summary>The running server of this kind, started if there is none (or none any more).</summary>
    public Target Get(ServerKind kind, ServerSettings settings)
    {
        if (_servers.TryGetValue((kind.Name, settings), out var server) && server.HasExited)
        {
            Stop(kind, settings);
            server = null;
        }

        return (server ?? (_servers[(kind.Name, settings)] = ServerProcess.Start(kind, settings))).Target;
    }

    public void Stop(ServerKind kind, ServerSettings settings)
    {
        if (_servers.Remove((kind.Name, settings), out var server))
        {
            server.Dispose();
        }
    }

    /// <summary>Whether its code has been compiled for speed; a process that was started since has not.</summary>
    public bool IsSettled(ServerKind kind, ServerSettings settings) => _servers.TryGetValue((kind.Name, settings), out var server) && server.IsSettled;

    public void Settled(ServerKind kind, ServerSettings settings)
    {
        if (_servers.TryGetValue((kind.Name, settings), out var server))
        {
            server.IsSettled = true;
        }
    }

    /// <summary>Ends what only an earlier benchmark wanted: servers with settings of its own, with several loops or with a game loop.</summary>
    public void StopUnusual(ServerKind[] wanted, ServerSettings settings)
    {
        foreach (var key in _servers.Keys.Where(key => key.Settings != Usual || key.Kind.StartsWith(ServerKind.Sockeye + ",", StringComparison.Ordinal)).ToArray())
        {
            if (key.Settings != settings || !wanted.Any(other => other.Name == key.Kind))
            {
                _servers.Remove(key, out var server);
                server!.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var server in _servers.Values)
        {
            server.Dispose();
        }

        _servers.Clear();
    }
}
