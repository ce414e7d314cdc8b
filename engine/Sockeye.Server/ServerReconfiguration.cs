using Sockeye.EngineIO;

namespace Sockeye;

/// <summary>Options that a server takes while it runs: what clients may cost and send, how many there may be, and how long is waited for them.</summary>
public static class ServerReconfiguration
{
    private static readonly string[] s_groups = [nameof(SockeyeServerOptions.Limits) + ":", nameof(SockeyeServerOptions.Rates) + ":"];

    private static readonly string[] s_ofListener = [nameof(ListenerOptions.Routes), nameof(ListenerOptions.MaxConnections)];

    private static readonly string[] s_keys =
    [
        nameof(SockeyeServerOptions.Preset), nameof(SockeyeServerOptions.ConnectTimeout), nameof(SockeyeServerOptions.AdmissionTimeout), nameof(SockeyeServerOptions.AckErrors), nameof(SockeyeServerOptions.AckTimeout),
        nameof(SockeyeServerOptions.MaxHandlerLag), nameof(SockeyeServerOptions.DrainTime), nameof(SockeyeServerOptions.PluginDrainTime), nameof(SockeyeServerOptions.MaxConnections),
        $"{nameof(SockeyeServerOptions.Engine)}:{nameof(EngineOptions.MaxSessions)}",
    ];

    /// <summary>Whether an option may change while a server runs; every other one holds until the next start.</summary>
    /// <param name="key">Its key in configuration, such as <c>Limits:RoomsPerSocket</c>; case does not count.</param>
    public static bool TakesLive(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return s_keys.Contains(key, StringComparer.OrdinalIgnoreCase) || IsOfListener(key) || s_groups.Any(group => key.StartsWith(group, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What holds at a listener that is there; where it is holds until the next start.</summary>
    private static bool IsOfListener(string key)
    {
        var steps = key.Split(':');
        return steps.Length > 2 && steps[0].Equals(nameof(SockeyeServerOptions.Listeners), StringComparison.OrdinalIgnoreCase) && s_ofListener.Contains(steps[2], StringComparer.OrdinalIgnoreCase);
    }

    extension(SockeyeServer server)
    {
        /// <summary>Takes from other options what may change while the server runs (<see cref="TakesLive"/>), and leaves the rest. Any thread, at any time; the last call wins.</summary>
        /// <remarks>
        /// What is checked from now on is checked against the new value. What has begun keeps the old one: times that run, messages that wait, and what a socket has begun to count
        /// (<see cref="LimitOptions.OpenAcksPerSocket"/>, <see cref="LimitOptions.AwaitedEmits"/>, <see cref="LimitOptions.EventBytes"/>) or was let in with (<see cref="LimitOptions.PreAuthBytes"/>).
        /// Listeners that have come, gone or moved are so from the next start on; the others take their limits and routes, and requests that have begun go on.
        /// Buckets of users are full again when <see cref="SockeyeServerOptions.Rates"/> or <see cref="SockeyeServerOptions.Preset"/> have changed. Who is over a lower limit stays.
        /// </remarks>
        /// <param name="options">Valid options; not to be changed afterwards.</param>
        /// <exception cref="ArgumentException">Options are out of their ranges; the message names all of them, and nothing has changed.</exception>
        public void Reconfigure(SockeyeServerOptions options)
        {
            ArgumentNullException.ThrowIfNull(server);
            ArgumentNullException.ThrowIfNull(options);
            if (options.Validate() is { Count: > 0 } faults)
            {
                throw new ArgumentException("The options of the server are not valid, and those that it has hold. " + string.Join(' ', faults), nameof(options));
            }

            ((SocketServer)server).Take(options);
        }
    }
}
