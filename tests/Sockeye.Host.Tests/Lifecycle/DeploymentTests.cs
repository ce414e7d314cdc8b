using System.Text.Json;
using System.Text.RegularExpressions;
using Sockeye.Host.Administration;
using Sockeye.Host.Lifecycle;

namespace Sockeye.Host.Tests.Lifecycle;

/// <summary>The files of docs/deploy say what the host understands.</summary>
public sealed partial class DeploymentTests
{
    [Fact]
    public void The_sockets_of_systemd_have_the_names_that_the_host_knows() => Assert.Equal(
        [InheritedSockets.AdministrationName, InheritedSockets.ClientsName],
        Directory.GetFiles(Folder, "*.socket").Select(static file => SocketName().Match(File.ReadAllText(file)).Groups[1].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void The_image_starts_the_host_with_arguments_that_it_takes()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "Dockerfile"));
        var settings = HostConfiguration.Read([.. List("ENTRYPOINT ").Skip(1), .. List("CMD ")]);
        Assert.Equal("http://*:3000", settings["Urls"]);
        Assert.NotNull(AdministrationSettings.Read(settings));
        var check = lines.Single(static line => line.StartsWith("HEALTHCHECK", StringComparison.Ordinal));
        Assert.Equal(HostCommand.Health, HostArguments.Parse(JsonSerializer.Deserialize<string[]>(check[check.IndexOf('[', StringComparison.Ordinal)..])![1..]).Command);

        string[] List(string instruction) => JsonSerializer.Deserialize<string[]>(lines.Single(line => line.StartsWith(instruction, StringComparison.Ordinal))[instruction.Length..])!;
    }

    [Fact]
    public void The_pods_of_Kubernetes_start_the_host_with_arguments_and_credentials_that_it_takes()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "kubernetes.yaml"));
        var arguments = Argument().Matches(Arguments().Match(text).Value).Select(static match => match.Groups[1].Value).ToArray();
        var (name, value) = (Token().Match(text).Groups[1].Value, Token().Match(text).Groups[2].Value);
        var settings = HostConfiguration.Read([.. arguments, $"--Administration:Tokens:{name}", value]);
        Assert.Equal("nats://nats:4222", settings["Cluster:Nats:Servers"]);
        Assert.NotNull(AdministrationSettings.Read(settings));
        Assert.InRange(TimeSpan.FromSeconds(int.Parse(Grace().Match(text).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)), Ending() + TimeSpan.FromSeconds(5), TimeSpan.MaxValue);
    }

    private static string Folder => Path.Combine(WorkingCopy.Root, "docs", "deploy");

    private static TimeSpan Ending() => new SockeyeServerOptions().DrainTime + new SockeyeServerOptions().StopTimeout;

    [GeneratedRegex("^FileDescriptorName=(.*)$", RegexOptions.Multiline)]
    private static partial Regex SocketName();

    [GeneratedRegex(@"args:\n(\s+- .*\n)+")]
    private static partial Regex Arguments();

    [GeneratedRegex(@"^\s+- (.*)$", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex("SOCKEYE_Administration__Tokens__(\\w+): \"(\\w+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("terminationGracePeriodSeconds: ([0-9]+)")]
    private static partial Regex Grace();
}
