using System.Collections;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Sockeye.Host.Administration;
using Sockeye.Host.Lifecycle;
using Sockeye.Hosting;
using Sockeye.Transport;

namespace Sockeye.Host.Tests.Lifecycle;

public sealed class InheritedSocketsTests : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly InheritedListener _listener;

    public InheritedSocketsTests()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        _socket.Listen();
        _listener = InheritedListener.Of((int)_socket.Handle);
    }

    private int Port => _listener.EndPoint.Port;

    public void Dispose() => _socket.Dispose();

    [Fact]
    public void Descriptors_begin_with_3_and_have_names()
    {
        List<int> opened = [];
        var sockets = InheritedSockets.Read(Variables("2", "7", "clients:"), 7, Open);
        Assert.Equal([3, 4], opened);
        Assert.Equal(["clients", ""], sockets.Select(static socket => socket.Name));
        Assert.Equal(["", ""], InheritedSockets.Read(Variables("2", "7", null), 7, Open).Select(static socket => socket.Name));

        InheritedListener Open(int descriptor)
        {
            opened.Add(descriptor);
            return _listener;
        }
    }

    [Theory]
    [InlineData("2", "8")]
    [InlineData("2", null)]
    [InlineData(null, "7")]
    public void Descriptors_of_another_process_are_left_alone(string? count, string? process) => Assert.Empty(InheritedSockets.Read(Variables(count, process, null), 7, _ => _listener));

    [Theory]
    [InlineData("two", null, "LISTEN_FDS: 'two' is not a number of descriptors")]
    [InlineData("-1", null, "LISTEN_FDS: '-1' is not a number of descriptors")]
    [InlineData("1025", null, "LISTEN_FDS: '1025' is not a number of descriptors")]
    [InlineData("2", "clients", "LISTEN_FDNAMES: has 1 names for 2 descriptors")]
    public void An_environment_that_contradicts_itself_is_refused(string count, string? names, string fault) =>
        Assert.Equal(fault, Assert.Throws<HostConfigurationException>(() => InheritedSockets.Read(Variables(count, "7", names), 7, _ => _listener)).Message);

    [Fact]
    public void A_socket_goes_to_the_listener_that_has_a_url_of_its_port()
    {
        Assert.Single(Divide("sockeye.socket", ("Urls", $"http://127.0.0.1:{Port}")).Clients.Listeners);
        Assert.Single(Divide("", ("Urls:0", "http://127.0.0.1:1"), ("Urls:1", $"http://*:{Port}")).Clients.Listeners);
        Assert.Single(Divide("inside", ("Urls", "http://127.0.0.1:1"), ("Listeners:inside:Url", $"http://127.0.0.1:{Port}")).Clients.Listeners);
        Assert.Single(Divide("", ("Urls", $"http://127.0.0.1:{Port}"), ("Administration:Urls", $"http://[::1]:{Port}")).Administration.Listeners);
    }

    [Fact]
    public void A_socket_goes_to_the_listener_that_it_is_named_after_and_takes_the_place_of_its_urls()
    {
        var clients = Divide("clients").Clients;
        Assert.True(clients is { IsNamed: true, Listeners.Count: 1 });
        Assert.True(Divide("administration", ("Administration:Urls", "http://127.0.0.1:1")).Administration is { IsNamed: true, Listeners.Count: 1 });
        Assert.False(Divide("", ("Urls", $"http://127.0.0.1:{Port}")).Clients.IsNamed);
    }

    [Fact]
    public void A_socket_of_nobody_is_a_fault()
    {
        Assert.Contains("and is named web, and no url has that port", Assert.Throws<HostConfigurationException>(() => Divide("web")).Message, StringComparison.Ordinal);
        Assert.Contains("--admin turns it on", Assert.Throws<HostConfigurationException>(() => Divide("administration")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_are_not_reached_from_other_machines_by_a_socket_that_was_handed_over_unless_somebody_is_named()
    {
        var fault = Assert.Single(Assert.Throws<SockeyeConfigurationException>(() => AdministrationSettings.Read(Settings(("Administration:Urls", "http://127.0.0.1:1")), _listener)).Faults);
        Assert.Contains($"the socket on {_listener.EndPoint} that was handed over is reached from other machines", fault, StringComparison.Ordinal);
        Assert.NotNull(AdministrationSettings.Read(Settings(("Administration:Urls", "http://127.0.0.1:1"), ("Administration:Tokens:scraper", new string('0', 64))), _listener));
    }

    private InheritedSockets Divide(string name, params (string Key, string Value)[] settings)
    {
        var all = Settings(settings);
        return InheritedSockets.Divide(all, all.GetSection(AdministrationSettings.Section), AdministrationSettings.DefaultUrl, [(name, _listener)]);
    }

    private static IConfigurationRoot Settings(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))).Build();

    private static Hashtable Variables(string? count, string? process, string? names) => new() { ["LISTEN_FDS"] = count, ["LISTEN_PID"] = process, ["LISTEN_FDNAMES"] = names };
}
