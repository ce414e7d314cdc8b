using Sockeye.Host.Routing;

namespace Sockeye.Host.Tests.Routing;

public sealed class RouteCommandTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_rule_that_matches_is_told_with_what_it_would_do()
    {
        File.WriteAllText(_path, """{"rules":[{"id":"r","match":{"event":"chat","claim":{"role":"admin"},"room":"lobby"},"actions":[{"to":{"user":"{user}"}}]}]}""");
        var (code, output, errors) = Run("test", "--rules", _path, "--event=chat", "--args", "[\"hi\"]", "--user", "ann", "--claim", "role=admin", "--room", "lobby");
        Assert.Equal(
            [$"{_path}: 1 rule without a fault, 1 matches", $"rule r at {_path}(1,11) matches", "  1. to user ann: emit chat", "the application sees chat [\"hi\"], as it came"],
            output);
        Assert.Equal((0, 0), (code, errors.Length));
    }

    [Fact]
    public void Without_a_match_it_ends_with_1_and_says_why()
    {
        File.WriteAllText(_path, """{"rules":[{"id":"r","match":{"event":7},"actions":[{"drop":true}]}]}""");
        Assert.Equal(0, Run("test", "--rules", _path, "--event", "7").Code);
        var (code, output, _) = Run("test", "--rules", _path, "--event", "chat", "--namespace", "/x");
        Assert.Equal(1, code);
        Assert.Equal("no rule asks for an event such as 'chat' in /x", output[1]);
    }

    [Fact]
    public void Secrets_of_the_environment_need_not_be_there_to_try_rules()
    {
        File.WriteAllText(_path, """
            {"rules":[{"id":"r","match":{"event":"chat"},"actions":[{"http":"hook"},{"to":{"user":"{claim:role}"}}]}],"statusToken":"env:NO_SUCH_TOKEN",
             "outputs":{"hook":{"url":"https://a.example/","secrets":["env:NO_SUCH_SECRET"]}},"inbound":{"in":{"room":"r","event":"e","secrets":"env:NO_SUCH_SECRET"}}}
            """);
        var (code, output, errors) = Run("test", "--rules", _path, "--event", "chat");
        Assert.Equal((0, 0), (code, errors.Length));
        Assert.Equal("  1. http: post chat to the output hook", output[2]);
        Assert.Equal("  2. to: fails, there is no {claim:role}", output[3]);
    }

    [Fact]
    public void Faulty_rules_end_it_with_2_and_a_line_for_each_fault()
    {
        File.WriteAllText(_path, """{"rules":[{"id":"r","actions":[{"droop":true}]},{"id":"s","actions":[]}]}""");
        var (code, output, errors) = Run("test", "--rules", _path, "--event", "chat");
        Assert.Equal((2, 0, 2), (code, output.Length, errors.Length));
        Assert.StartsWith($"{_path}(1,33): the action 'droop' is unknown; did you mean 'drop'?", errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'route' has one command")]
    [InlineData("--rules is missing", "test", "--event", "x")]
    [InlineData("--event is missing", "test", "--rules", "x")]
    [InlineData("'--rules' has no value", "test", "--rules")]
    [InlineData("'--rule' is no option", "test", "--rule", "x")]
    [InlineData("--claim: 'admin' is not of the form type=value", "test", "--rules", "x", "--event", "x", "--claim", "admin")]
    [InlineData("\"connect\" is a reserved event name", "test", "--rules", "x", "--event", "connect")]
    public void Arguments_at_fault_are_told(string fault, params string[] args) =>
        Assert.StartsWith(fault, Assert.Throws<HostConfigurationException>(() => Run(args)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}", "--args: The arguments are no list")]
    [InlineData("[1", "--args: The arguments are no JSON")]
    public void Arguments_of_the_event_are_a_JSON_list(string arguments, string fault)
    {
        File.WriteAllText(_path, "{\"rules\":[]}");
        Assert.StartsWith(fault, Assert.Throws<HostConfigurationException>(() => Run("test", "--rules", _path, "--event", "x", "--args", arguments)).Message, StringComparison.Ordinal);
    }

    private static (int Code, string[] Output, string[] Errors) Run(params string[] args)
    {
        using StringWriter output = new(), errors = new();
        var code = RouteCommand.Run(args, output, errors);
        return (code, Lines(output), Lines(errors));
    }

    private static string[] Lines(StringWriter writer) => writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
