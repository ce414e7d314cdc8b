using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using NATS.NKeys;
using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>Who NATS is to a node, who a node is to NATS, which servers it goes to, and what nobody gets to see.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestOperator _operator = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-nodes-").FullName;

    public void Dispose()
    {
        _authority.Dispose();
        _operator.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_server_whose_certificate_is_somebody_else_s_or_old_or_signed_by_nobody_known_is_refused_in_words()
    {
        using var other = new TestAuthority();
        await using (var server = await NatsServer.StartAsync(_authority.Tls()))
        {
            await using var bus = await ConnectAsync(Secured(server), options => options.CaFile = _authority.File);
            Assert.Equal(BusState.Open, bus.State);
            Assert.Contains($"TLS fails: the certificate of the server is signed by CN=authority {Path.GetFileName(Path.GetDirectoryName(_authority.File))}, and CaFile '{other.File}' names somebody else.", await RefusedAsync(server, other.File), StringComparison.Ordinal);
            Assert.Contains("whom this machine does not know: CaFile names who may sign.", await RefusedAsync(server, null), StringComparison.Ordinal);
        }

        await using var elsewhere = await NatsServer.StartAsync(_authority.Tls("elsewhere"));
        Assert.Contains("TLS fails: the certificate of the server, CN=elsewhere, is not for the host localhost.", await RefusedAsync(elsewhere, _authority.File), StringComparison.Ordinal);
        await using var old = await NatsServer.StartAsync(_authority.Tls(days: -1));
        Assert.Contains("TLS fails: the certificate of the server is good from ", await RefusedAsync(old, _authority.File), StringComparison.Ordinal);

        static Task<string> RefusedAsync(NatsServer server, string? authority) => FailureAsync(Secured(server), options => (options.CaFile, options.StartTimeout) = (authority, TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task A_node_shows_its_certificate_to_a_server_that_asks_for_one_and_is_told_when_that_will_not_do()
    {
        using var other = new TestAuthority();
        var (certificate, key) = _authority.Issue("node");
        var (stranger, strange) = other.Issue("node");
        await using (var server = await NatsServer.StartAsync(_authority.Tls(more: "verify: true")))
        {
            await using var bus = await ConnectAsync(Secured(server), With(certificate, key));
            Assert.Equal(BusState.Open, bus.State);
            Assert.Contains("TLS fails: the server wants a certificate of this node (CertificateFile and KeyFile).", await FailureAsync(Secured(server), With(null, null)), StringComparison.Ordinal);
            Assert.Contains("TLS fails: the server does not accept the certificate of this node (CertificateFile).", await FailureAsync(Secured(server), With(stranger, strange)), StringComparison.Ordinal);
        }

        // To some servers it is who the node is.
        await using var mapping = await NatsServer.StartAsync(_authority.Tls(more: "verify_and_map: true") + "\nauthorization { users = [ { user: node } ] }");
        await using var known = await ConnectAsync(Secured(mapping), With(certificate, key));
        Assert.Equal(BusState.Open, known.State);
        var (nobody, own) = _authority.Issue("nobody");
        Assert.Contains("does not accept the credentials of this node", await FailureAsync(Secured(mapping), With(nobody, own)), StringComparison.Ordinal);

        Action<NatsBusOptions> With(string? shown, string? owned) =>
            options => (options.CaFile, options.CertificateFile, options.KeyFile, options.StartTimeout) = (_authority.File, shown, owned, TimeSpan.FromHours(1));
    }

    [Fact]
    public void Files_that_are_no_certificate_no_pair_or_no_credentials_are_named_before_anything_is_tried()
    {
        var (certificate, _) = _authority.Issue("node");
        var (_, key) = _authority.Issue("other");
        var empty = Write("empty", "");
        var wrong = Write("wrong", "x");
        Assert.Contains($"CaFile: '{wrong}' has no certificate as PEM", Fault(options => options.CaFile = wrong), StringComparison.Ordinal);
        Assert.Contains("are no certificate with its key as PEM", Fault(options => (options.CertificateFile, options.KeyFile) = (certificate, key)), StringComparison.Ordinal);
        Assert.Contains("are no certificate with its key as PEM", Fault(options => (options.CertificateFile, options.KeyFile) = (certificate, wrong)), StringComparison.Ordinal);
        foreach (var text in new[] { "SUsecret", _operator.Credentials().Split("-----BEGIN USER")[0] })
        {
            var said = Fault(options => options.CredentialsFile = Write("bad.creds", text));
            Assert.Contains("bad.creds' has no JWT of a user with its seed", said, StringComparison.Ordinal);
            Assert.DoesNotContain("SUsecret", said, StringComparison.Ordinal);
        }

        Assert.Equal($"CaFile: '{empty}' is empty, or no regular file.", Fault(options => options.CaFile = empty));
    }

    [Theory]
    [InlineData("CaFile")]
    [InlineData("CertificateFile")]
    [InlineData("KeyFile")]
    [InlineData("CredentialsFile")]
    public void A_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(string option)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var pipe = NamedPipe.Make(_folder);
        var (certificate, key) = _authority.Issue("node");
        Assert.Equal($"{option}: '{pipe}' is empty, or no regular file.", Fault(options =>
        {
            switch (option)
            {
                case "CaFile":
                    options.CaFile = pipe;
                    break;
                case "CertificateFile":
                    (options.CertificateFile, options.KeyFile) = (pipe, key);
                    break;
                case "KeyFile":
                    (options.CertificateFile, options.KeyFile) = (certificate, pipe);
                    break;
                default:
                    options.CredentialsFile = pipe;
                    break;
            }
        }));
    }

    [Fact]
    public async Task A_user_with_a_token_of_an_operator_is_let_in_with_what_it_may_and_those_of_others_and_old_ones_are_refused()
    {
        using var other = new TestOperator();
        await using var server = await NatsServer.StartAsync(_operator.Config);
        await using var bus = await ConnectAsync(server.Url, options => options.CredentialsFile = Write("node.creds", _operator.Credentials("sockeye.*.1._default.>")));
        var heard = await Heard.OpenAsync(bus, "a");
        bus.Say("a", "by a token");
        Assert.Equal("by a token", await heard.NextAsync());
        Assert.Contains("\"sockeye.bus.1._default._bus.", await RefusedAsync(_operator.Credentials("sockeye.data.1._default.>")), StringComparison.Ordinal);
        Assert.Contains("does not accept the credentials of this node", await RefusedAsync(other.Credentials()), StringComparison.Ordinal);
        Assert.Contains("does not accept the credentials of this node", await RefusedAsync(_operator.Credentials(seconds: -10)), StringComparison.Ordinal);

        Task<string> RefusedAsync(string credentials) => FailureAsync(server.Url, options => (options.CredentialsFile, options.StartTimeout) = (Write("refused.creds", credentials), TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task A_file_of_credentials_is_read_again_at_each_connect()
    {
        using var next = new TestOperator();
        await using var server = await NatsServer.StartAsync(_operator.Config);
        await using var bus = await ConnectAsync(server.Url, options => options.CredentialsFile = Write("node.creds", _operator.Credentials()));
        var (states, heard) = (new States(bus), await Heard.OpenAsync(bus, "a"));
        await server.KillAsync();
        await states.BothLostAsync();
        server.Config = next.Config;
        await server.StartAgainAsync();
        Assert.True(Logs.TryGetValue(bus, out var log));
        await Within(log.Line("does not accept the credentials of this node"));
        Write("node.creds", next.Credentials());
        await states.UntilAsync(BusState.Open);
        bus.Say("a", "with another token");
        Assert.Equal("with another token", await heard.NextAsync());
    }

    [Theory]
    [InlineData(false, "it would be spoken to without TLS")]
    [InlineData(true, "it would be used without credentials")]
    public async Task A_server_on_another_machine_that_NATS_itself_names_is_not_spoken_to_in_the_clear_or_by_nobody(bool isSecured, string why)
    {
        // An address of this machine that is not the loopback stands for another one.
        var address = (await Dns.GetHostAddressesAsync(Dns.GetHostName())).FirstOrDefault(static one => one.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one)) ?? IPAddress.Parse("192.0.2.1");
        var tls = isSecured ? _authority.Tls() : "";
        await using var left = await NatsServer.StartAsync(tls + "\ncluster { name: c, listen: \"127.0.0.1:-1\" }");
        await using var right = await NatsServer.StartAsync($"{tls}\nclient_advertise: \"{address}:4222\"\ncluster {{ name: c, listen: \"127.0.0.1:-1\", routes: [ \"nats://127.0.0.1:{left.ClusterPort}\" ] }}");
        await using var other = await ConnectAsync(isSecured ? Secured(right) : right.Url, Secure);
        await using var bus = await ConnectAsync(isSecured ? Secured(left) : left.Url, Secure);
        var states = new States(bus);
        Assert.True(Logs.TryGetValue(bus, out var log));
        var refused = log.Line($"NATS names the server {address}:4222, which is another machine, and {why}");

        // The servers know each other, and have told, when something has come over.
        var heard = await Heard.OpenAsync(bus, "a");
        await heard.SayUntilHeardAsync(other, "a", "over");
        await left.KillAsync();
        await states.UntilAsync(BusState.Disconnected);
        await Within(refused);
        Assert.Equal(BusState.Disconnected, bus.State);
        await left.StartAgainAsync();
        await states.UntilAsync(BusState.Open);

        void Secure(NatsBusOptions options) => options.CaFile = isSecured ? _authority.File : null;
    }

    public static TheoryData<string> Kinds => ["User", "Address", "Token", "NKeySeed", "CredentialsFile"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Credentials_are_shown_nowhere_whether_they_are_taken_or_refused_or_the_server_is_lost(string kind)
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        var credentials = _operator.Credentials();
        var (secret, config) = kind switch
        {
            "User" or "Address" => ("pass-4711-word", "authorization { user: node, password: \"pass-4711-word\" }"),
            "Token" => ("token-4711-here", "authorization { token: \"token-4711-here\" }"),
            "NKeySeed" => (pair.GetSeed(), $"authorization {{ users = [ {{ nkey: {pair.GetPublicKey()} }} ] }}"),
            _ => (credentials.Split('\n')[1], _operator.Config),
        };
        using var transcript = new Transcript();
        await using var server = await NatsServer.StartAsync(config);
        await using (var bus = await ConnectAsync(Url(), Configure))
        {
            transcript.Told.Enqueue(bus.ToString()!);
            var states = new States(bus);
            await server.KillAsync();
            await states.UntilAsync(BusState.Disconnected);
            await server.StartAgainAsync();
            await states.UntilAsync(BusState.Open);
            server.Config = "authorization { user: somebody, password: else }";
            await server.KillAsync();
            await states.UntilAsync(BusState.Disconnected);
            await server.StartAgainAsync();
            await transcript.RefusedAsync();
        }

        await using var refused = new NatsClusterBus(Options(Url(), Configure));
        transcript.Told.Enqueue((await Assert.ThrowsAsync<BusException>(() => Within(refused.ConnectAsync().AsTask()))).ToString());
        var options = Options(Url(), Configure);
        (options.CaFile, options.Name) = ("/nowhere/ca.pem", "");
        transcript.Told.Enqueue(Assert.Throws<ArgumentException>(() => new NatsClusterBus(options)).ToString());
        string[] hidden = kind == "CredentialsFile" ? [secret, credentials.Split('\n')[5]] : [secret];
        Assert.All(transcript.Told, told => Assert.All(hidden, one => Assert.DoesNotContain(one, told, StringComparison.Ordinal)));

        string Url() => kind == "Address" ? $"nats://node:pass-4711-word@127.0.0.1:{server.Port}" : server.Url;

        void Configure(NatsBusOptions chosen)
        {
            (chosen.LoggerFactory, chosen.StartTimeout) = (transcript, TimeSpan.FromMinutes(1));
            (chosen.User, chosen.Password) = kind == "User" ? ("node", secret) : (null, null);
            (chosen.Token, chosen.NKeySeed) = (kind == "Token" ? secret : null, kind == "NKeySeed" ? secret : null);
            chosen.CredentialsFile = kind == "CredentialsFile" ? Write("node.creds", credentials) : null;
        }
    }

    private static string Fault(Action<NatsBusOptions> spoil)
    {
        var options = new NatsBusOptions();
        spoil(options);
        return Assert.Single(options.Validate());
    }

    private static string Secured(NatsServer server) => $"tls://localhost:{server.Port}";

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>All that is logged, with exceptions as a program prints them.</summary>
    private sealed class Transcript : ILoggerFactory, ILogger
    {
        private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Told { get; } = new();

        public Task RefusedAsync() => Within(_refused.Task);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = $"{formatter(state, exception)} {exception}";
            Told.Enqueue(text);
            if (text.Contains("does not accept the credentials", StringComparison.Ordinal))
            {
                _refused.TrySetResult();
            }
        }

        public void Dispose()
        {
        }
    }
}
