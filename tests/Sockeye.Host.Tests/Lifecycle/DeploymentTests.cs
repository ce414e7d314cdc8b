using System.Globalization;
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
        Assert.InRange(Seconds(Grace(), text), Ending() + Seconds(BeforeTheEnd(), text), TimeSpan.MaxValue);
    }

    [Fact]
    public void The_probes_and_ports_of_Kubernetes_are_those_of_the_host()
    {
        var text = File.ReadAllText(Path.Combine(Folder, "kubernetes.yaml"));
        var arguments = Argument().Matches(Arguments().Match(text).Value).Select(static match => match.Groups[1].Value).ToArray();
        var settings = HostConfiguration.Read([.. arguments, "--Administration:Tokens:x", new string('0', 64)]);
        var ports = Port().Matches(text).ToDictionary(static match => match.Groups[1].Value, static match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        Assert.Equal(ports["clients"], new Uri(settings["Urls"]!.Replace("*", "any", StringComparison.Ordinal)).Port);
        Assert.Equal(ports["operators"], new Uri(settings["Administration:Urls"]!.Replace("*", "any", StringComparison.Ordinal)).Port);
        Assert.Equal(ports["operators"], int.Parse(ScrapedPort().Match(text).Groups[1].Value, CultureInfo.InvariantCulture));

        var probes = Probe().Matches(text).Select(static match => (Name: match.Groups[1].Value, Path: match.Groups[2].Value, Port: match.Groups[3].Value));
        Assert.Equal([("startup", "/livez", "operators"), ("liveness", "/livez", "operators"), ("readiness", "/readyz", "operators")], probes);
    }

    [Fact]
    public void The_image_and_the_pods_run_as_the_same_user_who_is_not_root()
    {
        var user = ImageUser().Match(File.ReadAllText(Path.Combine(Folder, "Dockerfile"))).Groups[1].Value;
        Assert.InRange(int.Parse(user, CultureInfo.InvariantCulture), 1, int.MaxValue);
        Assert.Contains($"runAsUser: {user}\n", File.ReadAllText(Path.Combine(Folder, "kubernetes.yaml")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_is_published_as_the_one_file_of_the_build_command()
    {
        var (image, command) = (File.ReadAllText(Path.Combine(Folder, "Dockerfile")), File.ReadAllText(Path.Combine(WorkingCopy.Root, "build.ps1")));
        Assert.All([image, command], static text => Assert.Contains("-p:PublishProfile=single", text, StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(WorkingCopy.Root, "host", "Sockeye.Host", "Properties", "PublishProfiles", "single.pubxml")));
    }

    [Fact]
    public void The_unit_of_systemd_starts_the_host_with_arguments_that_it_takes_and_tries_again_without_an_end()
    {
        var unit = File.ReadAllLines(Path.Combine(Folder, "sockeye@.service")).Where(static line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#')
            .ToLookup(static line => line.Split('=')[0], static line => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);
        var start = unit["ExecStart"].Single().Split(' ');
        var place = Array.IndexOf(start, "--config");
        var settings = HostConfiguration.Read([.. start[1..place], .. start[(place + 2)..]]);
        Assert.NotNull(AdministrationSettings.Read(settings));
        Assert.InRange(TimeSpan.FromSeconds(int.Parse(unit["TimeoutStopSec"].Single(), CultureInfo.InvariantCulture)), Ending(), TimeSpan.MaxValue);

        // More than 5 starts within 10 s, and systemd gives up host and sockets.
        Assert.InRange(int.Parse(unit["RestartSec"].Single(), CultureInfo.InvariantCulture), 10 / 5, int.MaxValue);
        Assert.Equal(HostFailure.Configuration.ToString(CultureInfo.InvariantCulture), unit["RestartPreventExitStatus"].Single());
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

    private static TimeSpan Seconds(Regex place, string text) => TimeSpan.FromSeconds(int.Parse(place.Match(text).Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"preStop:\s+sleep: \{ seconds: ([0-9]+) \}")]
    private static partial Regex BeforeTheEnd();

    [GeneratedRegex("name: (\\w+), containerPort: ([0-9]+)")]
    private static partial Regex Port();

    [GeneratedRegex("prometheus.io/port: \"([0-9]+)\"")]
    private static partial Regex ScrapedPort();

    [GeneratedRegex(@"(\w+)Probe:\s+httpGet: \{ path: (\S+), port: (\w+) \}")]
    private static partial Regex Probe();

    [GeneratedRegex("^USER ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex ImageUser();

    [GeneratedRegex("terminationGracePeriodSeconds: ([0-9]+)")]
    private static partial Regex Grace();
}
