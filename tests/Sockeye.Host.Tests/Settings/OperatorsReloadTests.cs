using Microsoft.Extensions.Configuration;
using Sockeye.Host.Administration;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Settings;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Settings;

/// <summary>What is said of the users of the administration when the settings are read again, and what becomes of them.</summary>
public sealed class OperatorsReloadTests : IDisposable
{
    private const string Section = $$"""{ "Administration": { "Tokens": { "one": "{{Digest}}" } } }""";
    private const string Digest = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("sockeye-operators").FullName, "sockeye.json");
    private readonly AwaitedLog _log = new();
    private readonly ConfigurationState _state = new(TimeProvider.System);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Theory]
    [InlineData(Section, "{}")]
    [InlineData("{}", Section)]
    public async Task Nobody_is_said_to_come_or_go_where_the_listener_comes_or_goes_with_the_next_start(string before, string after)
    {
        await ReadAgainAsync(before, after);
        Assert.Equal(["Administration:Tokens:one"], _state.Last.NeedRestart);
        Assert.Single(_log.Lines, static line => line == "Waits for the next start: Administration:Tokens:one");
        Assert.DoesNotContain(_log.Lines, static line => line.StartsWith("Holds from now on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_is_taken_out_goes_at_once_where_somebody_is_left()
    {
        var two = Section.Replace("\"one\":", $"\"other\": \"{new string('0', 64)}\", \"one\":", StringComparison.Ordinal);
        Assert.Equal(["token other"], await ReadAgainAsync(two, Section));
        Assert.Empty(_state.Last.NeedRestart);
        Assert.Single(_log.Lines, static line => line == "Holds from now on: Administration:Tokens:other");
    }

    /// <returns>Who was put out.</returns>
    private async Task<IReadOnlyCollection<string>> ReadAgainAsync(string before, string after)
    {
        string[] args = ["--config", _file];
        await File.WriteAllTextAsync(_file, before);
        var settings = HostConfiguration.Read(args);
        await using var server = new SockeyeTestServer(static _ => { });
        IReadOnlyCollection<string> removed = [];
        using var access = AdministrationSettings.Read(settings) is { } administration
            ? new AdministrationAccess(administration, TimeProvider.System, static (_, _) => false) { Removed = names => removed = names }
            : null;
        using SettingsReload reload = new(args, settings, server.Server, access, _state, new SystemdNotifier(null, _log), _log);
        await File.WriteAllTextAsync(_file, after);
        await reload.RunAsync();
        Assert.Empty(_state.Last.Faults);
        return removed;
    }
}
