using Sockeye.Host.Settings;
namespace Sockeye.Host.Tests;

public sealed class HostArgumentsTests
{
    [Theory]
    [InlineData("", HostCommand.Start)]
    [InlineData("--urls http://127.0.0.1:0", HostCommand.Start)]
    [InlineData("-h", HostCommand.Help)]
    [InlineData("--help", HostCommand.Help)]
    [InlineData("help", HostCommand.Help)]
    [InlineData("help doctor", HostCommand.Help)]
    [InlineData("doctor --help", HostCommand.Help)]
    [InlineData("--urls http://127.0.0.1:0 -h", HostCommand.Help)]
    [InlineData("version", HostCommand.Version)]
    [InlineData("--version", HostCommand.Version)]
    [InlineData("-v", HostCommand.Version)]
    [InlineData("doctor --json", HostCommand.Doctor)]
    public void A_command_is_the_first_word_and_help_is_asked_for_anywhere(string line, object command) =>
        Assert.Equal(command, HostArguments.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Command);

    [Fact]
    public void What_follows_the_doctor_is_handed_to_it() => Assert.Equal(["--json", "--connections", "5"], HostArguments.Parse(["doctor", "--json", "--connections", "5"]).Rest);

    [Fact]
    public void A_word_that_is_no_command_is_refused_with_those_that_are()
    {
        var e = Assert.Throws<HostConfigurationException>(() => HostArguments.Parse(["start"]));
        Assert.StartsWith("'start' is no command; there are run, check, config, doctor, health, route, token, version and help.", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("'chek' is no command; did you mean check?", Assert.Throws<HostConfigurationException>(() => HostArguments.Parse(["chek"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_take_the_next_word_or_what_stands_behind_the_equals_sign() =>
        Assert.Equal(["--urls=http://127.0.0.1:0", "--Path=/a=b", "--Engine:InitialMessage=", "--NodeId=-1"],
            Complete(["--urls", "http://127.0.0.1:0", "--Path=/a=b", "--Engine:InitialMessage", "", "--NodeId", "-1"]));

    [Theory]
    [InlineData("--playground", "--playground=true")]
    [InlineData("--Playground --urls=x", "--Playground=true --urls=x")]
    [InlineData("--playground false", "--playground=false")]
    public void The_playground_alone_is_true(string line, string complete) => Assert.Equal(complete.Split(' '), Complete(line.Split(' ')));

    [Fact]
    public void The_cluster_is_short_for_the_servers_of_its_bus() =>
        Assert.Equal(["--Cluster:Nats:Servers=nats://127.0.0.1:4222", "--Cluster:Nats:User=node"], Complete(["--cluster", "nats://127.0.0.1:4222", "--Cluster:Nats:User", "node"]));

    [Theory]
    [InlineData("--urls", "'--urls' has no value; write --urls value")]
    [InlineData("--urls --playground", "'--urls' has no value; write --urls value")]
    [InlineData("--cluster --urls x", "'--cluster' has no value; write --cluster value")]
    [InlineData("--otlp", "'--otlp' has no value; write --otlp value")]
    [InlineData("--plugins", "'--plugins' has no value; write --plugins value")]
    [InlineData("-p 3000", "'-p' is no setting; write --key value")]
    [InlineData("--urls x y", "'y' is no setting; write --key value")]
    [InlineData("--", "'--' is no setting; write --key value")]
    [InlineData("--=x", "'--=x' is no setting; write --key value")]
    public void What_is_no_setting_is_refused(string line, string message)
    {
        List<SettingFault> faults = [];
        HostArguments.Complete(line.Split(' '), faults);
        Assert.StartsWith(message, Assert.Single(faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_the_place_of_a_setting_is_told_how_it_is_named()
    {
        List<SettingFault> faults = [];
        var file = typeof(HostArgumentsTests).Assembly.Location;
        HostArguments.Complete([file], faults);
        Assert.Equal($"'{file}' is no setting; --config {file} reads the settings of that file", Assert.Single(faults).Message);
    }

    [Fact]
    public void All_that_is_no_setting_is_told_and_the_settings_beside_it_are_taken()
    {
        List<SettingFault> faults = [];
        Assert.Equal(["--Backlog=5"], HostArguments.Complete(["x", "--Backlog", "5", "--urls"], faults));
        Assert.Equal(2, faults.Count);
    }

    private static string[] Complete(string[] args)
    {
        List<SettingFault> faults = [];
        var complete = HostArguments.Complete(args, faults);
        Assert.Empty(faults);
        return complete;
    }
}
