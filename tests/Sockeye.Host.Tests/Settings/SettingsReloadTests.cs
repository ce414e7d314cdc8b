using Microsoft.Extensions.Logging;
using Sockeye.Host.Lifecycle;
using Sockeye.Host.Settings;
using Sockeye.Host.Tests.Administration;

namespace Sockeye.Host.Tests.Settings;

public sealed class SettingsReloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-settings").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_reading_has_read_the_files_that_it_finds_named_and_those_that_are_at_fault()
    {
        var file = Path.Combine(_folder, "sockeye.json");
        var secret = Path.Combine(_folder, "secret");
        File.WriteAllText(file, "{}");
        File.WriteAllText(secret, "canary-4711");
        await using var host = await OperatedHost.StartAsync(_ => { });
        string[] args = ["--config", file];
        var settings = HostConfiguration.Read(args);
        List<FileStamps> read = [];
        var systemd = new SystemdNotifier(null, host.Get<ILoggerFactory>().CreateLogger("Sockeye.Host"));
        using var reload = new SettingsReload(args, settings, host.Server, null, host.Configuration, systemd, host.Get<ILoggerFactory>()) { Reading = read.Add };
        File.WriteAllText(file, $$"""{ "Plugins": { "auth": { "Sources": [ { "Type": "Http", "SecretFile": "{{secret}}" } ] } } }""");
        await reload.RunAsync();
        Assert.Equal(FileStamps.Of(settings), read[^1]);

        File.WriteAllText(file, "{ broken");
        await reload.RunAsync();
        Assert.Equal(FileStamps.Of(settings), read[^1]);
    }
}
