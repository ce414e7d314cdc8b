using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.Host.Lifecycle;

/// <summary>The listening sockets that systemd, or whoever speaks as it does (<c>sd_listen_fds(3)</c>), hands to the process, divided among the listeners of the host.</summary>
/// <remarks>Read once, before anything starts; immutable afterwards. The sockets stay open in whoever has handed them over, so an old process and a new one can have the same.</remarks>
internal sealed class InheritedSockets
{
    /// <summary>The name of sockets that stand in the place of <c>Urls</c>; those with the port of a named listener are that listener's.</summary>
    public const string ClientsName = "clients";

    /// <summary>The name of sockets that stand in the place of <c>Administration:Urls</c>.</summary>
    public const string AdministrationName = "administration";

    private const int FirstDescriptor = 3;

    private InheritedSockets(Share clients, Share administration)
    {
        Clients = clients;
        Administration = administration;
    }

    /// <summary>Nothing was handed over.</summary>
    public static InheritedSockets None { get; } = new(new([], false), new([], false));

    /// <summary>What clients connect to.</summary>
    public Share Clients { get; }

    /// <summary>What operators connect to.</summary>
    public Share Administration { get; }

    /// <summary>Whether there is any.</summary>
    public bool Any => Clients.Listeners.Count + Administration.Listeners.Count > 0;

    /// <summary>What one listener gets.</summary>
    /// <param name="Listeners">The sockets.</param>
    /// <param name="IsNamed">Whether they were handed over by its name, and so take the place of all its urls.</param>
    public sealed record Share(IReadOnlyList<InheritedListener> Listeners, bool IsNamed)
    {
        /// <summary>The server listens on them.</summary>
        public void Apply(SockeyeBuilder builder)
        {
            builder.ListenOn(Listeners);
            if (IsNamed)
            {
                builder.Options.Urls = [];
            }
        }
    }

    /// <summary>Takes what the environment says, for this process alone: programs that it starts do not see it.</summary>
    /// <param name="settings">Where the urls stand.</param>
    /// <param name="section">The section of the listener for operators.</param>
    /// <param name="defaultUrl">Where that listens unless the section says more.</param>
    /// <exception cref="HostConfigurationException">A socket belongs to no listener, or the environment is at fault.</exception>
    /// <exception cref="IOException">A descriptor is none that can be listened on.</exception>
    public static InheritedSockets Take(IConfiguration settings, string section, string defaultUrl)
    {
        var sockets = Read(Environment.GetEnvironmentVariables(), Environment.ProcessId, InheritedListener.Of);
        foreach (var name in new[] { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" })
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        return Divide(settings, settings.GetSection(section), defaultUrl, sockets);
    }

    /// <summary>The sockets with their names; an empty one says nothing.</summary>
    /// <param name="environment">Variables; those for another process count as none.</param>
    /// <param name="process">The number of this process.</param>
    /// <param name="open">Looks at a descriptor.</param>
    internal static IReadOnlyList<(string Name, InheritedListener Listener)> Read(IDictionary environment, int process, Func<int, InheritedListener> open)
    {
        if (environment["LISTEN_FDS"] is not string text || environment["LISTEN_PID"] as string != process.ToString(CultureInfo.InvariantCulture))
        {
            return [];
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > 1024)
        {
            throw new HostConfigurationException($"LISTEN_FDS: '{text}' is not a number of descriptors");
        }

        var names = environment["LISTEN_FDNAMES"] is string { Length: > 0 } all ? all.Split(':') : new string[count];
        return names.Length == count
            ? [.. names.Select((name, place) => (name ?? "", open(FirstDescriptor + place)))]
            : throw new HostConfigurationException($"LISTEN_FDNAMES: has {names.Length} names for {count} descriptors");
    }

    /// <summary>Gives each socket to the listener that its name says, else to the one that has a url of its port.</summary>
    internal static InheritedSockets Divide(IConfiguration settings, IConfigurationSection section, string defaultUrl, IReadOnlyList<(string Name, InheritedListener Listener)> sockets)
    {
        if (sockets.Count == 0)
        {
            return None;
        }

        var operators = section.Exists() ? Ports(section, defaultUrl) : [];
        string[] named = [.. settings.GetSection(nameof(SockeyeServerOptions.Listeners)).GetChildren().Select(static listener => listener[nameof(ListenerOptions.Url)]).OfType<string>()];
        var clients = Ports(settings, named.Length == 0 ? HostConfiguration.ClientUrl : null, named);
        List<InheritedListener> forOperators = [], forClients = [];
        bool operatorsNamed = false, clientsNamed = false;
        List<string> faults = [];
        foreach (var (name, listener) in sockets)
        {
            var shown = $"LISTEN_FDS: descriptor {listener.Descriptor} listens on {listener.EndPoint}{(name.Length == 0 ? "" : $" and is named {name}")}";
            switch (name)
            {
                case AdministrationName when !section.Exists():
                    faults.Add($"{shown}, but there is no listener for operators; --admin turns it on");
                    break;
                case AdministrationName:
                    forOperators.Add(listener);
                    operatorsNamed = true;
                    break;
                case ClientsName:
                    forClients.Add(listener);
                    clientsNamed = true;
                    break;
                case var _ when operators.Contains(listener.EndPoint.Port):
                    forOperators.Add(listener);
                    break;
                case var _ when clients.Contains(listener.EndPoint.Port):
                    forClients.Add(listener);
                    break;
                default:
                    faults.Add($"{shown}, and no url has that port: set Urls, Listeners:NAME:Url or {section.Path}:Urls, or name it (FileDescriptorName=) {ClientsName} or {AdministrationName}");
                    break;
            }
        }

        return faults.Count == 0
            ? new(new(forClients, clientsNamed), new(forOperators, operatorsNamed))
            : throw new HostConfigurationException(string.Join('\n', faults));
    }

    // What is no url is told when the options are bound.
    private static HashSet<int> Ports(IConfiguration settings, string? byDefault, params string[] more)
    {
        var urls = settings[nameof(SockeyeServerOptions.Urls)] is { Length: > 0 } text
            ? text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [.. settings.GetSection(nameof(SockeyeServerOptions.Urls)).GetChildren().Select(static url => url.Value ?? "")];
        return [.. (urls.Length == 0 && byDefault is not null ? [byDefault] : urls.Concat(more)).Where(static url => ServerUrl.Fault(url) is null).SelectMany(ServerUrl.Parse).Select(static endPoint => endPoint.Port)];
    }
}
