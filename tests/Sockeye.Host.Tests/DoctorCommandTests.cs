using System.Text;
using System.Text.Json;
using Sockeye.Host.Doctor;

namespace Sockeye.Host.Tests;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void The_text_names_what_to_raise_to_what_and_how()
    {
        var text = TextOf(_machine.With("/proc/sys/net/core/somaxconn", "128").Examine());
        Assert.Contains("RAISE  net.core.somaxconn", text, StringComparison.Ordinal);
        Assert.Contains("128 -> 512: ", text, StringComparison.Ordinal);
        Assert.Contains("\n         sysctl -w net.core.somaxconn=512\n", text, StringComparison.Ordinal);
        Assert.Contains("\n1 to raise, 0 to consider, 0 not readable here.\n", text, StringComparison.Ordinal);
        Assert.Contains("/etc/sysctl.d/90-sockeye.conf", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_of_a_machine_that_is_set_up_shows_each_setting_as_ok()
    {
        var findings = _machine.Examine();
        var text = TextOf(findings);
        Assert.Equal(findings.Count, text.Split('\n').Count(line => line.StartsWith("  ok     ", StringComparison.Ordinal)));
        Assert.DoesNotContain("sysctl", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_JSON_holds_the_same_findings()
    {
        var findings = _machine.With("/proc/sys/net/core/somaxconn", "128").Examine();
        using var stream = new MemoryStream();
        Report.WriteJson(stream, FakeMachine.Demand, findings);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal(50_000, json.RootElement.GetProperty("connections").GetInt32());
        Assert.False(json.RootElement.GetProperty("healthy").GetBoolean());
        var backlog = json.RootElement.GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("setting").GetString() == "net.core.somaxconn");
        Assert.Equal("raise", backlog.GetProperty("verdict").GetString());
        Assert.Equal("sysctl -w net.core.somaxconn=512", backlog.GetProperty("command").GetString());
        Assert.Equal(findings.Count, json.RootElement.GetProperty("findings").GetArrayLength());
    }

    [Theory]
    [InlineData("--connections 1", 1)]
    [InlineData("--connections=16777216", 16_777_216)]
    [InlineData("--json", null)]
    public void The_number_of_connections_and_the_form_are_taken_and_the_rest_are_settings(string arguments, int? connections)
    {
        var (wanted, isJson, settings) = DoctorCommand.Parse([.. arguments.Split(' '), "--EventLoops", "2"]);
        Assert.Equal((connections, connections is null), (wanted, isJson));
        Assert.Equal(["--EventLoops", "2"], settings);
    }

    [Theory]
    [InlineData("--connections 0")]
    [InlineData("--connections 16777217")]
    [InlineData("--connections=many")]
    [InlineData("--connections")]
    public void A_number_out_of_range_is_refused(string arguments) =>
        Assert.Contains("1 to 16777216", Assert.Throws<HostConfigurationException>(() => DoctorCommand.Parse(arguments.Split(' '))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_no_machine_carries_ends_with_1_and_a_machine_that_is_set_up_is_healthy()
    {
        using var output = new StringWriter();
        Assert.Equal(1, DoctorCommand.Run(["--connections", "16777216"], output));
        Assert.Contains("For 16,777,216 connections", output.ToString(), StringComparison.Ordinal);
        Assert.True(Report.IsHealthy(_machine.Examine()));
    }

    [Fact]
    public void The_doctor_counts_the_connections_of_operators()
    {
        if (OperatingSystem.IsLinux())
        {
            using var output = new StringWriter();
            DoctorCommand.Run(["--connections", "1", "--admin", "--Administration:MaxConnections", "7"], output);
            Assert.Contains("264 are needed: one for each connection, 7 for operators and 256 for the rest", output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_plugins_of_the_host_that_have_a_section_and_those_of_folders_are_named_and_what_cannot_be_loaded_has_to_be_mended()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var root = Directory.CreateTempSubdirectory("sockeye-plugins-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "nothing"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var output = new StringWriter();
            Assert.Equal(1, DoctorCommand.Run(["--connections", "1", "--plugins", root, "--Plugins:auth:AllowAnonymous", "true"], output));
            var lines = output.ToString().Split('\n', StringSplitOptions.TrimEntries);
            Assert.Contains(lines, line => line.StartsWith("ok", StringComparison.Ordinal) && line.Contains("plugin auth", StringComparison.Ordinal));
            Assert.DoesNotContain("plugin routing", output.ToString(), StringComparison.Ordinal);
            Assert.Contains(lines, line => line.StartsWith("RAISE  plugin ", StringComparison.Ordinal) && line.Contains(Path.Combine(root, "nothing") + " is empty", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_section_that_belongs_to_no_plugin_which_keeps_the_host_from_starting_has_to_be_mended()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var output = new StringWriter();
        Assert.Equal(1, DoctorCommand.Run(["--connections", "1", "--Plugins:outh:AllowAnonymous", "true"], output));
        var line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.TrimEntries), static line => line.Contains("outh", StringComparison.Ordinal));
        Assert.StartsWith("RAISE  Plugins:outh ", line, StringComparison.Ordinal);
        Assert.EndsWith("nothing reads it: is the section of no plugin; did you mean Plugins:auth? (by an argument)", line, StringComparison.Ordinal);
    }

    private static string TextOf(IReadOnlyList<Finding> findings)
    {
        using var text = new StringWriter { NewLine = "\n" };
        Report.WriteText(text, FakeMachine.Demand, findings);
        return text.ToString();
    }
}
