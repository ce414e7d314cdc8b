using Microsoft.Extensions.Configuration;

namespace Sockeye.Hosting.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void Settings_of_every_kind_are_bound()
    {
        var options = Bind(
            ("Urls:0", "http://127.0.0.1:1"), ("Urls:1", "http://127.0.0.1:2"),
            ("Engine:PingInterval", "00:00:07"), ("engine:allowupgrades", "false"), ("Engine:Transports", "WebSocket"), ("EventLoops", "3"),
            ("Limits:RoomsPerSocket", "7"), ("Outbox:MaxBytes", "1048576"), ("Engine:Cookie:Name", "sid"),
            ("Engine:Cors:Origins", "http://a.example;http://b.example"), ("Engine:Cors:Credentials", "true"));
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], options.Urls);
        Assert.Equal(TimeSpan.FromSeconds(7), options.Engine.PingInterval);
        Assert.False(options.Engine.AllowUpgrades);
        Assert.Equal(EngineIO.EngineTransports.WebSocket, options.Engine.Transports);
        Assert.Equal(3, options.EventLoops);
        Assert.Equal(7, options.Limits.RoomsPerSocket);
        Assert.Equal(1 << 20, options.Outbox.MaxBytes);
        Assert.Equal("sid", options.Engine.Cookie!.Name);
        Assert.Equal(["http://a.example", "http://b.example"], options.Engine.Cors!.Origins);
        Assert.True(options.Engine.Cors.Credentials);
    }

    [Fact]
    public void A_list_may_be_one_text_with_semicolons() =>
        Assert.Equal(["http://127.0.0.1:1", "http://127.0.0.1:2"], Bind(("Urls", "http://127.0.0.1:1; http://127.0.0.1:2")).Urls);

    [Fact]
    public void What_is_not_named_keeps_its_value() => Assert.Equal(new SockeyeServerOptions().AckTimeout, Bind(("Path", "/x")).AckTimeout);

    [Fact]
    public void An_empty_text_is_null_where_null_is_a_value()
    {
        var options = Bind(("EventLoops", ""), ("Engine:MemoryBudgetBytes", ""), ("Engine:Cookie:MaxAge", ""));
        Assert.Null(options.EventLoops);
        Assert.Null(options.Engine.MemoryBudgetBytes);
        Assert.Null(options.Engine.Cookie!.MaxAge);
    }

    [Fact]
    public void No_class_of_settings_is_forgotten()
    {
        var found = new HashSet<Type> { typeof(SockeyeServerOptions) };
        var waiting = new Queue<Type>(found);
        while (waiting.TryDequeue(out var type))
        {
            Assert.True(OptionType.Find(type) is not null, $"OptionType does not name {type}");
            foreach (var inner in type.GetProperties().Select(property => property.PropertyType).Where(IsOptions))
            {
                if (found.Add(inner))
                {
                    waiting.Enqueue(inner);
                }
            }
        }

        static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Limits", StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_that_may_be_lifted_takes_the_word_Unlimited() =>
        Assert.Equal(LimitOptions.Unlimited, Bind(("Limits:PreAuthBytes", "unlimited")).Limits.PreAuthBytes);

    [Fact]
    public void A_limit_that_may_not_be_lifted_refuses_the_word_Unlimited()
    {
        var e = Assert.Throws<SockeyeConfigurationException>(() => Bind(("Limits:RoomsPerSocket", "Unlimited")));
        Assert.StartsWith("Limits:RoomsPerSocket is Unlimited; it must be 1 to ", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Engin:PingInterval", "00:00:01", "Engin:PingInterval: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("Engine:PingIntervall", "00:00:01", "Engine:PingIntervall: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("Url", "x", "Url: unknown key; did you mean Urls, such as http://127.0.0.1:3000?")]
    [InlineData("Engine", "fast", "Engine: is a group of settings and takes no value of its own")]
    [InlineData("Engine", "", "Engine: is a group of settings and takes no value of its own")]
    [InlineData("Listeners", "", "Listeners: is a group of listeners and takes no value of its own; Listeners:NAME:Url says where one is")]
    [InlineData("Path:Deep", "x", "Path: takes one value, not a group")]
    [InlineData("Engine:PingInterval", "soon", "Engine:PingInterval: 'soon' is not a duration like 00:00:25")]
    [InlineData("Engine:AllowUpgrades", "maybe", "Engine:AllowUpgrades: 'maybe' is not true or false")]
    [InlineData("Engine:Transports", "Pigeon", "Engine:Transports: 'Pigeon' is not one of None, Polling, WebSocket, All")]
    [InlineData("Engine:Transports", "99", "Engine:Transports: '99' is not one of None, Polling, WebSocket, All")]
    [InlineData("AckTimeout", "", "AckTimeout: '' is not a duration like 00:00:25")]
    [InlineData("Http:Limits:MaxHeaderCount", "100000", "Http:Limits:MaxHeaderCount is 100000; the limit must be 1 to 1000.")]
    [InlineData("Engine:MaxPayloadBytes", "1e99", "Engine:MaxPayloadBytes: '1e99' is not a whole number below 2^31")]
    [InlineData("DrainTime", null, "DrainTime: '' is not a duration like 00:00:25")]
    [InlineData("PingIntervall", "00:00:01", "PingIntervall: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("ping-interval", "00:00:01", "ping-interval: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("Http:PingInterval", "00:00:01", "Http:PingInterval: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("Engine:Ping", "00:00:01", "Engine:Ping: unknown key; did you mean Engine:PingInterval or Engine:PingTimeout?")]
    [InlineData("port", "80", "port: unknown key; did you mean Urls, such as http://127.0.0.1:3000?")]
    [InlineData("Cors:Origin", "*", "Cors:Origin: unknown key; did you mean Engine:Cors:Origins?")]
    [InlineData("maxHttpBufferSize", "1", "maxHttpBufferSize: unknown key; did you mean Engine:MaxPayloadBytes?")]
    [InlineData("nonsense", "1", "nonsense: unknown key; docs/configuration.md lists all keys")]
    [InlineData("LogLevel", "Debug", "LogLevel: unknown key; docs/configuration.md lists all keys")]
    [InlineData("Engine:PingInterval", "25", "Engine:PingInterval: '25' is not a duration like 00:00:25")]
    [InlineData("Engine:PingInterval", "0", "Engine:PingInterval is 00:00:00; it must be 10 ms to 1.00:00:00.")]
    [InlineData("Engine:MaxSessions", "0", "Engine:MaxSessions is 0; it must be 1 to 16777216.")]
    [InlineData("Engine:NodeId", "-1", "Engine:NodeId is -1; it must be 0 to 16777215.")]
    [InlineData("MaxConnections", "0", "MaxConnections is 0; it must be 1 to 16777216.")]
    [InlineData("Path", "x", "Engine:Path is 'x'; it must begin with '/' and be visible ASCII without '?' and '#'.")]
    [InlineData("Http:FramesPerTurn", "0", "Http:FramesPerTurn is 0; it must be 1 to 1048576.")]
    [InlineData("Engine:Cookie:Name", "a b", "Engine:Cookie: 'a b' is not a cookie name.")]
    [InlineData("Engine:Cors:Origins", "http://a.example/", "Engine:Cors: 'http://a.example/' is not an origin: it looks like https://example.org or http://localhost:3000.")]
    [InlineData("Engine:Cors:MaxAge", "-00:00:01", "Engine:Cors: MaxAge is -00:00:01; it must be 00:00:00 to 24855.03:14:07.")]
    [InlineData("Engine:Cookie:MaxAge", "-00:00:01", "Engine:Cookie: MaxAge is -00:00:01; it must be 00:00:00 to 24855.03:14:07.")]
    public void A_fault_names_its_key(string key, string? value, string fault)
    {
        var e = Assert.Throws<SockeyeConfigurationException>(() => Bind((key, value)));
        Assert.Contains(fault, e.Faults);
    }

    [Fact]
    public void All_faults_are_reported_together()
    {
        var e = Assert.Throws<SockeyeConfigurationException>(() => Bind(("Nonsense", "1"), ("AckTimeout", "never"), ("Limits:RoomsPerSocket", "0"), ("Engine:PingTimeout", "00:00:00")));
        Assert.Equal(4, e.Faults.Count);
    }

    [Fact]
    public void A_preset_and_rates_are_set_by_their_keys_and_unlimited_lifts_one()
    {
        var options = Bind(("Preset", "hardened"), ("Rates:EventsPerSecond", "5"), ("Rates:BytesPerSecond", "unlimited"), ("Rates:Events", "chat:message=5/20;typing=2"), ("Rates:Classes:0", "gold EventsPerSecond=1000"));
        Assert.Equal(ServerPreset.Hardened, options.Preset);
        Assert.Equal(TimeSpan.FromSeconds(10), options.ConnectTimeout);
        Assert.Equal(5, options.Rates.EventsPerSecond);
        Assert.Equal(LimitOptions.Unlimited, options.Rates.BytesPerSecond);
        Assert.Null(options.Rates.UserEventsPerSecond);
        Assert.Equal(["chat:message=5/20", "typing=2"], options.Rates.Events);
        Assert.Equal(["gold EventsPerSecond=1000"], options.Rates.Classes);
        Assert.Equal(3, Assert.Throws<SockeyeConfigurationException>(() => Bind(("Preset", "soft"), ("Rates:EventsPerSecond", "0"), ("Rates:Events", "typing=fast"))).Faults.Count);
    }

    [Fact]
    public void Listeners_are_bound_by_their_names_and_what_is_unknown_there_is_told()
    {
        var options = Bind(("Listeners:public:Url", "http://127.0.0.1:1"), ("Listeners:public:Routes", "SocketIO;Files"), ("listeners:PUBLIC:maxconnections", "5"), ("Listeners:inside:Url", "http://127.0.0.1:2"), ("Listeners:inside:Routes:0", "/plugins/routing"));
        Assert.Equal((2, "http://127.0.0.1:1", 5), (options.Listeners.Count, options.Listeners["Public"].Url, options.Listeners["public"].MaxConnections));
        Assert.Equal(["SocketIO", "Files"], options.Listeners["public"].Routes);
        Assert.Equal(["/plugins/routing"], options.Listeners["inside"].Routes);
        Assert.Null(options.Listeners["inside"].MaxConnections);
        Assert.Empty(options.Urls);

        var faults = Assert.Throws<SockeyeConfigurationException>(() => Bind(
            ("Listeners:x:Url", "http://127.0.0.1:1"), ("Listeners:x:MaxConnection", "5"), ("Listeners:x:MaxConnections", "many"), ("Listeners:y", "http://127.0.0.1:2"), ("Listener:z:Url", "http://127.0.0.1:3"))).Faults;
        Assert.Equal(
            [
                "Listener: unknown key; did you mean Listeners?",
                "Listeners:x:MaxConnection: unknown key; did you mean Listeners:x:MaxConnections?",
                "Listeners:x:MaxConnections: 'many' is not a whole number below 2^31",
                "Listeners:y: is a group of settings and takes no value of its own; Listeners:y:Url says where it listens",
            ], faults.Order(StringComparer.Ordinal));
        Assert.Equal("Listeners: is a group of listeners and takes no value of its own; Listeners:NAME:Url says where one is", Assert.Single(Assert.Throws<SockeyeConfigurationException>(() => Bind(("Listeners", "http://127.0.0.1:1"))).Faults));
    }

    [Fact]
    public void An_unknown_key_of_a_cluster_hides_no_value_out_of_range() => Assert.Equal(
        ["Cluster:Secrt: unknown key; did you mean Cluster:Secret?", "Cluster:OpenRelays is 0; it must be 1 to 1000000."],
        new SockeyeServerOptions().Check(Configuration(("Cluster:Secrt", "hidden"), ("Cluster:OpenRelays", "0")), hasBus: true));

    [Fact]
    public void Keys_of_others_are_left_alone()
    {
        var options = new SockeyeServerOptions();
        options.Bind(Configuration(("Logging:LogLevel:Default", "Debug")), "Logging");
        Assert.Throws<SockeyeConfigurationException>(() => options.Bind(Configuration(("Logging:LogLevel:Default", "Debug"))));
    }

    [Fact]
    public void The_page_of_options_names_every_key_and_no_other()
    {
        var page = File.ReadAllText(Path.Combine(WorkingCopy.Root, "docs", "configuration.md"));
        var documented = page.Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])
            .Where(key => key is not ("Playground" or "WatchSettings" or "LogFormat" or "Administration" or "Logging" or "Plugins" or "Config" or "Telemetry" or "Cluster:Nats") && !key.StartsWith("Telemetry:", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.Equal(SockeyeHostingExtensions.ConfigurationKeys().Select(key => key.Name).Order(StringComparer.Ordinal), documented);
    }

    private static SockeyeServerOptions Bind(params (string Key, string? Value)[] settings)
    {
        var options = new SockeyeServerOptions();
        options.Bind(Configuration(settings));
        return options;
    }

    private static IConfigurationRoot Configuration(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
        .Build();
}
