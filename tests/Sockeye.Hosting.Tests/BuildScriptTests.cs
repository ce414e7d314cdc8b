using System.Runtime.Versioning;
using System.Text.RegularExpressions;

namespace Sockeye.Hosting.Tests;

/// <summary>The head of build.ps1, which sh reads: what it says, what it starts, and what becomes of signals.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class BuildScriptTests
{
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    // What the script asks of the SDK: says where and how it was called, builds nothing, and shows what a server would get.
    private const string Sdk = """
        case $1 in
            --version) echo 10.0.100 ;;
            build) echo "built in $PWD: $*" ;;
            *) printf '<%s>' "$@"; echo; echo "in $PWD as $DOTNET_ENVIRONMENT" ;;
        esac
        """;

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task Run_speaks_first_builds_in_its_own_folder_and_hands_the_arguments_on_as_they_are(string shell)
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk).Start(shell, "run", "--Path", "/a b", "it's \"so\"", "$HOME *", "");
        Assert.Equal(0, await script.ExitCodeAsync());
        var lines = script.Output.Split('\n');
        Assert.StartsWith("Sockeye: ", lines[0], StringComparison.Ordinal);
        Assert.Equal($"built in {script.Root}: build @.build/run.rsp", lines[1]);
        Assert.Equal($"<{script.Root}/artifacts/run/bin/Sockeye.Host/release/Sockeye.Host.dll><--Path></a b><it's \"so\"><$HOME *><>", lines[2]);
        Assert.Equal($"in {script.Elsewhere} as Development", lines[3]);
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    public async Task A_link_to_the_script_builds_where_the_script_is(string shell)
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk).ByLink().Start(shell, "run");
        Assert.Equal(0, await script.ExitCodeAsync());
        Assert.Contains($"built in {script.Root}: build @.build/run.rsp", script.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_leaves_the_environment_that_was_chosen()
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk).With("ASPNETCORE_ENVIRONMENT", "Staging").Start("sh", "run");
        Assert.Equal(0, await script.ExitCodeAsync());
        Assert.Contains(" as Staging", script.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_that_fails_starts_nothing_and_its_exit_code_remains()
    {
        using var script = new BuildScript().WithProgram("dotnet", "case $1 in --version) ;; build) exit 3 ;; *) echo started ;; esac").Start("sh", "run");
        Assert.Equal(3, await script.ExitCodeAsync());
        Assert.DoesNotContain("started", script.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sh", Terminate, 143)]
    [InlineData("bash", Terminate, 143)]
    [InlineData("sh", Interrupt, 130)]
    [InlineData("sh", Hangup, 129)]
    public async Task A_signal_while_it_builds_ends_the_build_too(string shell, int signal, int exitCode)
    {
        const string sdk = """
            case $1 in
                --version) ;;
                build) sleep 100 & trap 'kill $!; echo the build was told; exit 1' TERM; echo building; wait ;;
                *) echo started ;;
            esac
            """;
        using var script = new BuildScript().WithProgram("dotnet", sdk).Start(shell, "run");
        await script.LineAsync("building");
        script.Signal(signal);
        Assert.Equal(exitCode, await script.ExitCodeAsync());
        Assert.Contains("the build was told", script.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("started", script.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sh", Terminate)]
    [InlineData("bash", Interrupt)]
    public async Task A_signal_to_the_script_ends_the_server_in_order(string shell, int signal)
    {
        var host = WorkingCopy.Built("host", "Sockeye.Host", "Sockeye.Host.dll");
        var sdk = $"case $1 in --version | build) ;; *) shift; PATH=/usr/local/bin:/usr/bin:/bin:{Path.GetDirectoryName(Environment.ProcessPath)} exec dotnet '{host}' \"$@\" ;; esac";
        using var script = new BuildScript().WithProgram("dotnet", sdk).Start(shell, "run", "--urls", "http://127.0.0.1:0");
        await script.LineAsync("Sockeye listens on http://");
        script.Signal(signal);
        Assert.Equal(0, await script.ExitCodeAsync());
        Assert.Contains("Stopped", script.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("build")]
    public async Task Without_an_SDK_one_sentence_says_where_it_is(string command)
    {
        using var script = new BuildScript().Start("sh", command);
        Assert.Equal(1, await script.ExitCodeAsync());
        Assert.Contains("The .NET 10 SDK is needed and there is no 'dotnet' in PATH: install it from https://dotnet.microsoft.com/download/dotnet/10.0\n", script.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 8.0.404 [/usr/lib/dotnet/sdk]; echo 9.0.100 [/usr/lib/dotnet/sdk]", "here is 8.0.404 9.0.100")]
    [InlineData(":", "here is none")]
    public async Task Another_SDK_is_named_beside_the_one_that_is_needed(string installed, string message)
    {
        using var script = new BuildScript().WithProgram("dotnet", $"case $1 in --list-sdks) {installed} ;; *) echo a long story >&2; exit 155 ;; esac").Start("sh", "run");
        Assert.Equal(1, await script.ExitCodeAsync());
        Assert.Contains("The .NET 10 SDK is needed (10.0.100 or a newer 10.0, says global.json), and " + message, script.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("a long story", script.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_SDK_is_found_where_its_installing_script_puts_it()
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk);
        Directory.CreateDirectory(Path.Combine(script.Root, ".dotnet"));
        File.Move(Path.Combine(script.Programs, "dotnet"), Path.Combine(script.Root, ".dotnet", "dotnet"));
        Assert.Equal(0, await script.Start("sh", "run").ExitCodeAsync());
        Assert.Contains("built in", script.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new string[0], 0)]
    [InlineData(new[] { "help" }, 0)]
    [InlineData(new[] { "--help" }, 0)]
    [InlineData(new[] { "rum" }, 2)]
    [InlineData(new[] { "run test" }, 2)]
    [InlineData(new[] { "--urls" }, 2)]
    [InlineData(new[] { "" }, 2)]
    public async Task The_commands_are_listed_where_there_is_nothing_but_sh(string[] arguments, int exitCode)
    {
        using var script = new BuildScript().Start("sh", arguments);
        Assert.Equal(exitCode, await script.ExitCodeAsync());
        Assert.Contains("./build.ps1 run ", script.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode == 2, script.Output.Contains("unknown command '", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_commands_go_to_PowerShell_where_there_is_one()
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk).WithProgram("pwsh", "printf '<%s>' \"$@\"").Start("sh", "test", "Host ing");
        Assert.Equal(0, await script.ExitCodeAsync());
        Assert.Equal($"<-NoLogo><-NoProfile><-File><{script.Root}/build.ps1><test><Host ing>\n", script.Output);
    }

    [Fact]
    public async Task Other_commands_go_to_the_engine_of_PowerShell_where_there_is_none()
    {
        using var script = new BuildScript().WithProgram("dotnet", Sdk).Start("sh", "test", "Host ing");
        Assert.Equal(0, await script.ExitCodeAsync());
        Assert.Contains("about 100 MB", script.Output.Split('\n')[0], StringComparison.Ordinal);
        Assert.Contains($"<.build/pwsh.cs><--><{script.Root}/build.ps1><test><Host ing>\nin {script.Root} as", script.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_that_is_listed_is_there_and_every_one_that_is_there_is_listed()
    {
        var script = File.ReadAllText(Path.Combine(WorkingCopy.Root, "build.ps1"));
        var listed = Listed().Matches(script).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        var there = Case().Matches(script[script.IndexOf("switch ($Command)", StringComparison.Ordinal)..]).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(there, listed);
        Assert.DoesNotContain('\r', script);
    }

    [GeneratedRegex(@"^#   \./build\.ps1 ([a-z]+) ", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex("^    '([a-z]+)' \\{", RegexOptions.Multiline)]
    private static partial Regex Case();
}
