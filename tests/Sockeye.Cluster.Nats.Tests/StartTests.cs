using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using static Sockeye.Cluster.Nats.Tests.NatsTest;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>What keeps a node from starting, and what it says then.</summary>
public sealed partial class StartTests(SharedNats nats)
{

    [Fact]
    public async Task A_server_that_is_not_there_is_tried_and_then_named()
    {
        using var gone = new NobodyThere();
        using var log = new AwaitedLog();
        var said = await FailureAsync(gone.Url, options => (options.StartTimeout, options.LoggerFactory) = (TimeSpan.FromSeconds(3), log), isFinal: false);
        Assert.Contains($"NATS cannot be used at {gone.Url}: Connection refused", said, StringComparison.Ordinal);

        // Each connection has tried several times, and says it once.
        var told = log.Lines.Where(static line => line.Contains("cannot be connected", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(told);
        Assert.Equal(told.Distinct(), told);
    }

    [Fact]
    public async Task A_server_that_comes_later_is_waited_for()
    {
        await using var server = await NatsServer.StartAsync();
        await server.KillAsync();
        await using var bus = new NatsClusterBus(Options(server.Url, static options => options.StartTimeout = TimeSpan.FromMinutes(1)));
        var connecting = bus.ConnectAsync().AsTask();
        Assert.Equal(BusState.Connecting, bus.State);
        await server.StartAgainAsync();
        await Within(connecting);
        Assert.Equal(BusState.Open, bus.State);
    }

    [Fact]
    public async Task A_bus_that_could_not_be_connected_tries_again_when_it_is_asked_again()
    {
        await using var server = await NatsServer.StartAsync();
        await server.KillAsync();
        using var log = new AwaitedLog();
        var time = new SkewedTime();
        await using var bus = new NatsClusterBus(Options(server.Url, options =>
            (options.User, options.Password, options.StartTimeout, options.ConnectTimeout, options.Time, options.LoggerFactory) = ("node", "secret", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), time, log)));
        var refused = RefusedAsync(bus);
        await Within(log.Line("cannot be connected"));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Contains("Connection refused", await refused, StringComparison.Ordinal);
        server.Config = "authorization { user: node, password: other }";
        await server.StartAgainAsync();
        Assert.Contains("does not accept the credentials", await RefusedAsync(bus), StringComparison.Ordinal);
        await server.KillAsync();
        server.Config = """authorization { users = [ { user: node, password: secret, permissions: { subscribe: { deny: "sockeye.control.1._default.>" } } } ] }""";
        await server.StartAgainAsync();
        Assert.Contains("Permissions Violation", await RefusedAsync(bus), StringComparison.OrdinalIgnoreCase);
        await server.KillAsync();
        server.Config = "authorization { user: node, password: secret }";
        await server.StartAgainAsync();
        await Within(Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bus.ConnectAsync().AsTask())));
        Assert.Equal(BusState.Open, bus.State);
        var heard = await Heard.OpenAsync(bus, "a");
        bus.Say("a", "x");
        Assert.Equal("x", await heard.NextAsync());
        await Within(bus.ConnectAsync().AsTask());
        Assert.All(["messages", "control"], name => Assert.Single(log.Lines, line => line.Contains("The bus is connected to", StringComparison.Ordinal) && line.Contains($"for {name}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_gives_up_connecting_gives_up_for_itself_alone()
    {
        await using var server = await NatsServer.StartAsync();
        await server.KillAsync();
        await using var bus = new NatsClusterBus(Options(server.Url, static options => options.StartTimeout = TimeSpan.FromMinutes(1)));
        using var giveUp = new CancellationTokenSource();
        var first = bus.ConnectAsync(giveUp.Token).AsTask();
        var second = bus.ConnectAsync().AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Within(first));
        await server.StartAgainAsync();
        await Within(second);
        Assert.Equal(BusState.Open, bus.State);
    }

    private static async Task<string> RefusedAsync(NatsClusterBus bus) => (await Assert.ThrowsAsync<BusException>(() => Within(bus.ConnectAsync().AsTask()))).Message;

    [Theory]
    [InlineData("publish", "sockeye.control.1._default.>")]
    [InlineData("subscribe", "sockeye.control.1._default.>")]
    [InlineData("publish", "sockeye.bus.1._default.plugins.>")]
    [InlineData("subscribe", "sockeye.data.1._default.>")]
    [InlineData("subscribe", "sockeye.bus.1._default._bus.>")]
    public async Task A_subject_that_the_server_denies_ends_the_start_and_is_named(string what, string subject)
    {
        await using var server = await NatsServer.StartAsync($$"""authorization { users = [ { user: node, password: secret, permissions: { {{what}}: { deny: "{{subject}}" } } } ] }""");
        var said = await FailureAsync(server.Url, static options => (options.User, options.Password, options.ConnectTimeout) = ("node", "secret", TimeSpan.FromMinutes(1)));
        Assert.Contains(subject.TrimEnd('>'), said, StringComparison.Ordinal);
        Assert.Contains("Permissions Violation", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_permissions_of_the_page_are_enough_for_a_cluster_and_its_plugins()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(WorkingCopy.Root, "docs", "cluster.md"));
        await using var server = await NatsServer.StartAsync(Permissions().Match(page).Value.Replace("$NODE_PASSWORD", "secret", StringComparison.Ordinal));
        await using var bus = await ConnectAsync(server.Url, static options => (options.User, options.Password) = ("node", "secret"));
        await using var requester = await BusRequester.CreateAsync(bus);
        Assert.Equal(BusReplyStatus.NoResponders, (await Within(requester.RequestAsync("plugins.nobody", "x"u8, TimeSpan.FromHours(1)).AsTask())).Status);
        await using var one = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(server.Url, static options => (options.User, options.Password) = ("node", "secret")));
        await using var two = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(server.Url, static options => (options.User, options.Password) = ("node", "secret")));
        var asked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        two.OnServerSide("hello", e => asked.TrySetResult(e.Node));
        await one.StartAsync();
        await two.StartAsync();
        one.ServerSideEmit("hello");
        await Within(asked.Task);
        Assert.Equal(0, (await Within(one.CountAsync())).Count);
    }

    [Fact]
    public async Task Subjects_of_a_cluster_are_on_NATS_as_the_page_says_and_have_its_name_once()
    {
        await using var own = await NatsServer.StartAsync();
        using var client = await RawClient.ConnectAsync(own.Port);
        await client.SendAsync("SUB > 1\r\nPING\r\n");
        await client.LineAsync("PONG");
        var options = new ClusterOptions { Name = "chat" };
        await using var one = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseCluster(options).UseNats(own.Url));
        await using var two = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseCluster(options).UseNats(own.Url));
        await one.StartAsync();
        await two.StartAsync();
        one.To("lobby").Emit("news", 1);
        await client.LineAsync("MSG sockeye.data.1._chat.r.");
        one.Emit("end");
        await client.LineAsync("MSG sockeye.data.1._chat.b.");
        var page = await File.ReadAllTextAsync(Path.Combine(WorkingCopy.Root, "docs", "cluster-wire.md"));
        var known = Subject().Matches(page).Select(static match => "^" + Regex.Escape(match.Groups[1].Value.Replace(".C.", "._chat.", StringComparison.Ordinal)) + @"\b").ToArray();
        Assert.All(client.Subjects, subject => Assert.Contains(known, pattern => Regex.IsMatch(subject, pattern)));
    }

    [GeneratedRegex(@"authorization \{[^`]+\}")]
    private static partial Regex Permissions();

    [GeneratedRegex(@"^\| `(sockeye\.\w+\.1\.C\.\w+)", RegexOptions.Multiline)]
    private static partial Regex Subject();

    [Fact]
    public async Task User_and_password_are_taken_from_options_or_address_and_others_are_refused_at_once()
    {
        await using var server = await NatsServer.StartAsync("authorization { user: node, password: \"se:cr@t\" }");
        await using var one = await ConnectAsync(server.Url, static options => (options.User, options.Password) = ("node", "se:cr@t"));
        await using var two = await ConnectAsync($"nats://node:se%3Acr%40t@127.0.0.1:{server.Port}");
        var said = await FailureAsync(server.Url, static options => (options.User, options.Password, options.StartTimeout) = ("node", "wrong", TimeSpan.FromHours(1)));
        Assert.Contains("does not accept the credentials", said, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", said, StringComparison.Ordinal);
        Assert.Contains("it asks for credentials, and this node has none", await FailureAsync(server.Url, static options => options.StartTimeout = TimeSpan.FromHours(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_taken()
    {
        await using var server = await NatsServer.StartAsync("authorization { token: secret }");
        await using var bus = await ConnectAsync(server.Url, static options => options.Token = "secret");
        Assert.Equal(BusState.Open, bus.State);
    }

    [Fact]
    public async Task An_NKey_is_taken_and_another_one_refused()
    {
        using var pair = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.User);
        using var other = NATS.NKeys.KeyPair.CreatePair(NATS.NKeys.PrefixByte.User);
        var (seed, wrong) = (pair.GetSeed(), other.GetSeed());
        await using var server = await NatsServer.StartAsync($$"""authorization { users = [ { nkey: {{pair.GetPublicKey()}} } ] }""");
        await using var bus = await ConnectAsync(server.Url, options => options.NKeySeed = seed);
        Assert.Equal(BusState.Open, bus.State);
        var said = await FailureAsync(server.Url, options => (options.NKeySeed, options.StartTimeout) = (wrong, TimeSpan.FromHours(1)));
        Assert.Contains("does not accept the credentials", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_is_used_with_the_authority_that_is_named_and_refused_without()
    {
        await using var files = await NatsServer.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (cert, own) = (files.Write("cert.pem", certificate.ExportCertificatePem()), files.Write("key.pem", key.ExportPkcs8PrivateKeyPem()));
        await using var server = await NatsServer.StartAsync($"tls {{ cert_file: \"{cert}\", key_file: \"{own}\" }}");
        var url = $"tls://localhost:{server.Port}";
        await using (var bus = await ConnectAsync(url, options => options.CaFile = cert))
        {
            var heard = await Heard.OpenAsync(bus, "a");
            bus.Say("a", "behind TLS");
            Assert.Equal("behind TLS", await heard.NextAsync());
        }

        Assert.Contains("TLS fails", await FailureAsync(url, static options => options.StartTimeout = TimeSpan.FromHours(1)), StringComparison.Ordinal);

        // A server that has none is not spoken to in the clear.
        var plain = await FailureAsync($"tls://localhost:{nats.Server.Port}", static options => options.StartTimeout = TimeSpan.FromSeconds(3), isFinal: false);
        Assert.Contains("does not support TLS", plain, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nats://10.1.2.3:4222", "AllowPlaintext", "AllowAnonymous")]
    [InlineData("nats.example", "AllowAnonymous", null)]
    [InlineData("tls://nats.example:4222", "AllowAnonymous", null)]
    [InlineData("http://127.0.0.1:4222", "is none", null)]
    [InlineData("nats://user:secret@:4222", "is none", null)]
    [InlineData("nats://user:1234#secret@127.0.0.1", "is none", null)]
    [InlineData("nats://user:secret/s@127.0.0.1", "is none", null)]
    public void An_address_that_will_not_do_is_refused_with_what_to_do(string server, string first, string? second)
    {
        var options = new NatsBusOptions { Servers = [server], Tls = server.Contains("10.1.2.3", StringComparison.Ordinal) ? false : null };
        var faults = options.Validate();
        Assert.Contains(faults, fault => fault.Contains(first, StringComparison.Ordinal));
        Assert.True(second is null || faults.Any(fault => fault.Contains(second, StringComparison.Ordinal)));
        Assert.DoesNotContain(faults, static fault => fault.Contains("secret", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(() => new NatsClusterBus(options));
    }

    [Theory]
    [InlineData("nats://127.8.9.10:4222")]
    [InlineData("nats://localhost")]
    [InlineData("nats://[::1]:4222")]
    [InlineData("127.0.0.1")]
    public void A_server_on_this_machine_needs_neither_TLS_nor_credentials(string server) => Assert.Empty(new NatsBusOptions { Servers = [server] }.Validate());

    [Fact]
    public void Another_machine_is_taken_with_TLS_and_credentials_or_when_both_are_waived()
    {
        Assert.Empty(new NatsBusOptions { Servers = ["nats://nats.example"], User = "a", Password = "b" }.Validate());
        Assert.Empty(new NatsBusOptions { Servers = ["nats://a:b@nats.example"] }.Validate());
        Assert.Empty(new NatsBusOptions { Servers = ["nats://10.1.2.3"], AllowPlaintext = true, AllowAnonymous = true }.Validate());
        Assert.True(NatsOptionRules.WantsTls(new NatsBusOptions { Servers = ["nats://nats.example"] }));
        Assert.False(NatsOptionRules.WantsTls(new NatsBusOptions { Servers = ["nats://nats.example"], AllowPlaintext = true }));
    }

    public static TheoryData<Action<NatsBusOptions>, string> Faults => new()
    {
        { static options => options.Servers = [], "Servers" },
        { static options => options.Name = "", "Name" },
        { static options => options.Name = new string('n', 256), "Name" },
        { static options => options.User = "a", "Password" },
        { static options => (options.User, options.Password, options.Token) = ("a", "b", "c"), "exclude each other" },
        { static options => (options.Servers, options.Token) = (["nats://a:b@127.0.0.1"], "c"), "exclude each other" },
        { static options => options.Servers = ["nats://a:b@127.0.0.1", "nats://c:d@127.0.0.1"], "different users" },
        { static options => options.NKeySeed = "SUsecret", "NKeySeed" },
        { static options => options.CredentialsFile = "/nowhere/a.creds", "CredentialsFile" },
        { static options => options.CaFile = "/nowhere/ca.pem", "CaFile" },
        { static options => options.KeyFile = "/nowhere/key.pem", "belong together" },
        { static options => options.OutageBytes = -1, "OutageBytes" },
        { static options => options.OutageTime = TimeSpan.FromDays(1), "OutageTime" },
        { static options => options.ProbeInterval = TimeSpan.Zero, "ProbeInterval" },
        { static options => options.PendingMessages = 0, "PendingMessages" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Options_that_are_at_fault_are_named(Action<NatsBusOptions> spoil, string name)
    {
        var options = new NatsBusOptions();
        spoil(options);
        Assert.Contains(options.Validate(), fault => fault.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(options.Validate(), static fault => fault.Contains("SUsecret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_connects_before_it_listens_and_closes_its_bus()
    {
        NatsClusterBus? bus = null;
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(nats.Server.Url).UseBus(made => bus = new NatsClusterBus(Options(nats.Server.Url))));
        await server.StartAsync();
        Assert.Equal(BusState.Open, bus!.State);
        await server.StopAsync();
        Assert.Equal(BusState.Closed, bus.State);
    }

    [Fact]
    public async Task Two_servers_on_one_NATS_are_a_cluster()
    {
        await using var nearby = await NatsServer.StartAsync();
        await using var one = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(nearby.Url));
        await using var two = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(nearby.Url));
        var seen = new TaskCompletionSource<ClusterNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        await one.StartAsync();
        one.Cluster!.NodeChanged += node => seen.TrySetResult(node);
        await two.StartAsync();
        Assert.Equal(two.NodeId, (await Within(seen.Task)).NodeId);
        Assert.Equal(one.NodeId, Assert.Single(two.Cluster!.Nodes).NodeId);
    }

    [Fact]
    public async Task A_server_whose_bus_cannot_be_reached_does_not_listen()
    {
        using var gone = new NobodyThere();
        await using var server = SockeyeServer.Create("http://127.0.0.1:0", builder => builder.UseNats(gone.Url, static options => options.StartTimeout = TimeSpan.FromMilliseconds(200)));
        var said = await Assert.ThrowsAsync<BusException>(() => server.StartAsync());
        Assert.Contains(gone.Url, said.Message, StringComparison.Ordinal);
        Assert.Empty(server.Endpoints);
    }
}
