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
    public void Help_on_a_key_of_the_host_says_what_it_means(string key, string said) => Assert.StartsWith(said, Print(key), StringComparison.Ordinal);

    [Fact]
    public void Help_on_what_is_not_there_names_what_is_near() =>
        Assert.Contains("did you mean Engine:PingInterval?", Assert.Throws<HostConfigurationException>(() => Print("Engine:PingIntervall")).Message, StringComparison.Ordinal);

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
