namespace Sockeye.Host.Tests;

public sealed class HostHelpTests
{
    [Fact]
    public void Help_names_every_command_and_every_setting()
    {
        var text = Print();
        Assert.All(HostCommands.All, command => Assert.Contains($"\n  {command.Name} ", text, StringComparison.Ordinal));
        Assert.Contains("--Engine:PingInterval", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_on_a_command_says_how_it_is_called()
    {
        foreach (var command in HostCommands.All)
        {
            Assert.StartsWith($"usage: {HostHelp.Name} ", Print(command.Name), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Engine:PingInterval", "Engine:PingInterval: The time between opening or a pong and the next ping.", "{ \"Engine\": { \"PingInterval\": \"00:00:25\" } }")]
    [InlineData("--backlog", "Backlog: Connections that the kernel is asked to hold", "{ \"Backlog\": 512 }")]
    [InlineData("Urls", "Urls: Where it listens", "{ \"Urls\": [ \"http://127.0.0.1:3000\" ] }")]
    [InlineData("Cluster:Nats:OutageTime", "Cluster:Nats:OutageTime: how old a message that waits may become", "SOCKEYE_Cluster__Nats__OutageTime=00:00:05")]
    public void Help_on_a_setting_says_what_it_means_and_how_it_is_written(string key, string said, string written)
    {
        var text = Print(key);
        Assert.StartsWith(said, text, StringComparison.Ordinal);
        Assert.Contains(written, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--LogFormat", "LogFormat: How entries of the log stand on standard output")]
    [InlineData("Plugins", "Plugins: A section for each plugin")]
    [InlineData("Administration:LiveFailsOn", "Administration:LiveFailsOn: What /livez fails on")]
    [InlineData("Administration:Users:NAME", "Administration:Users:NAME: The bcrypt hash")]
    [InlineData("Administration:Users:ops", "Administration:Users:ops: The bcrypt hash")]
    [InlineData("administration:tokens", "administration:tokens: The SHA-256 of a token")]
    [InlineData("Logging:LogLevel:Default", "Logging:LogLevel:Default: Levels by category")]
    [InlineData("Logging:Console:LogLevel:Sockeye.Server", "Logging:Console:LogLevel:Sockeye.Server: Levels by category")]
    [InlineData("Telemetry:Headers:Authorization", "Telemetry:Headers:Authorization: What the collector wants to see")]
    [InlineData("Administration:Http:HeaderTimeout", "Administration:Http:HeaderTimeout: ")]
    [InlineData("listeners:inside:url", "Listeners:inside:Url: Where it listens")]
    public void Help_on_a_key_of_the_host_says_what_it_means(string key, string said) => Assert.StartsWith(said, Print(key), StringComparison.Ordinal);

    [Theory]
    [InlineData("Plugins:auth:Refresh:Lead", "Plugins:auth:Refresh:Lead: how long before the expiry the client is asked", "{ \"Plugins\": { \"auth\": { \"Refresh\": { \"Lead\": \"00:01:00\" } } } }")]
    [InlineData("--plugins:AUTH:sources:3:requireexpiry", "Plugins:auth:Sources:3:RequireExpiry: whether exp is needed", "{ \"Plugins\": { \"auth\": { \"Sources\": [ { \"RequireExpiry\": true } ] } } }")]
    [InlineData("Plugins:auth:Sources:0:Keys:1:Id", "Plugins:auth:Sources:0:Keys:1:Id: 1 to 64 letters", "--Plugins:auth:Sources:0:Keys:1:Id value")]
    [InlineData("Plugins:auth:Roles:writer", "Plugins:auth:Roles:writer: docs/auth.md", "{ \"Plugins\": { \"auth\": { \"Roles\": { \"writer\": [ \"value\" ] } } } }")]
    [InlineData("Plugins:auth:SingleSession", "Plugins:auth:SingleSession: whether a user has one session", "SOCKEYE_Plugins__auth__SingleSession=Off")]
    [InlineData("Plugins:routing:file", "Plugins:routing:file: A file that has the rest", "--Plugins:routing:file value")]
    public void Help_on_a_key_of_a_plugin_says_what_it_means_and_how_it_is_written(string key, string said, string written)
    {
        var text = Print(key);
        Assert.StartsWith(said, text, StringComparison.Ordinal);
        Assert.Contains(written, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth", "\n  --Plugins:auth:Sources:0:Keys:0:Id\n")]
    [InlineData("Plugins:auth", "\n  --Plugins:auth:Sources:0:Type                      Jwt|ApiKey|Http|Bus\n")]
    [InlineData("Plugins:auth:Throttle", "\n  --Plugins:auth:Throttle:MaxDelay                   00:00:02\n")]
    [InlineData("routing", "\n  --Plugins:routing:outputs\n")]
    [InlineData("Plugins:routing:inbound", "Plugins:routing:inbound: Ways in from outside, by name. docs/routing.md\n")]
    [InlineData("Engine", "\n  --Engine:PingInterval                              00:00:25\n")]
    [InlineData("--Cluster", "\n  --Cluster:Nats:User\n")]
    [InlineData("Listeners:inside", "\n  --Listeners:NAME:Url\n")]
    [InlineData("Administration", "\n  --Administration:LoopPatience                      00:00:05\n")]
    [InlineData("Administration", "\n  --Administration:Users:NAME\n")]
    [InlineData("Telemetry", "\n  --Telemetry:Headers:NAME\n")]
    [InlineData("telemetry", "\n  --Telemetry:Interval                               00:01:00\n")]
    public void Help_on_a_plugin_or_a_group_of_keys_names_them(string topic, string line) => Assert.Contains(line, Print(topic), StringComparison.Ordinal);

    [Fact]
    public void Help_names_the_plugins_and_what_is_near_one_of_their_keys()
    {
        Assert.Contains("help auth names its keys", Print(), StringComparison.Ordinal);
        Assert.Contains("did you mean Plugins:auth:AllowAnonymous?", Assert.Throws<HostConfigurationException>(() => Print("Plugins:auth:AllowAnonymus")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Engine:PingIntervall", "did you mean Engine:PingInterval?")]
    [InlineData("Telemetry:Endpont", "did you mean Telemetry:Endpoint?")]
    [InlineData("Cluster:Nats:Pasword", "did you mean Cluster:Nats:Password?")]
    [InlineData("Administration:LoopPatienc", "did you mean Administration:LoopPatience?")]
    [InlineData("Logging:LogLevl", "is no command and no setting")]
    [InlineData("Administration:Listeners:inside:Url", "is no command and no setting")]
    [InlineData("Telemetry:Headers:Authorization:x", "is no command and no setting")]
    public void Help_on_what_is_not_there_names_what_is_near(string key, string said) =>
        Assert.Contains(said, Assert.Throws<HostConfigurationException>(() => Print(key)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/opt/sockeye/Sockeye.Host", "Sockeye.Host")]
    [InlineData("/opt/sockeye/Sockeye.Host.exe", "Sockeye.Host")]
    [InlineData("/opt/tools/sockeye", "sockeye")]
    [InlineData("/usr/bin/dotnet", "sockeye")]
    [InlineData(null, "sockeye")]
    public void It_calls_itself_as_it_was_called(string? program, string name) => Assert.Equal(name, HostHelp.NameOf(program));

    private static string Print(params string[] topic)
    {
        using StringWriter output = new() { NewLine = "\n" };
        HostHelp.Print(topic, output);
        return output.ToString().ReplaceLineEndings("\n");
    }
}
