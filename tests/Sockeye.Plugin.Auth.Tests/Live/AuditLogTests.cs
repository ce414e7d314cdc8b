using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Auth.Live;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class AuditLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sockeye-audit");

    private string File => Path.Combine(_folder.FullName, "audit", "auth.jsonl");

    [Fact]
    public async Task Each_decision_is_a_line_of_JSON_with_who_what_why_and_where()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await using (var log = NewLog())
        {
            log.Write(new AuditLine(time, "refused", "al\nice\ud800\u202e", "revoked", "192.0.2.1", "/chat", "jwt", "s1"));
            log.Write(new AuditLine(time, "revoked"));
        }

        var lines = await System.IO.File.ReadAllLinesAsync(File);
        Assert.Equal(2, lines.Length);
        var first = JsonElement.Parse(lines[0]);
        Assert.Equal(["time", "what", "who", "why", "address", "namespace", "source", "socket", "generation"], first.EnumerateObject().Select(property => property.Name));
        Assert.Equal("2026-01-02T03:04:05Z", first.GetProperty("time").GetString());
        Assert.StartsWith("al\nice", first.GetProperty("who").GetString(), StringComparison.Ordinal);
        Assert.All(lines[0], character => Assert.InRange(character, ' ', '~'));
        Assert.Equal(["time", "what", "generation"], JsonElement.Parse(lines[1]).EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task A_file_that_is_full_is_turned_over_and_the_oldest_ones_go()
    {
        for (var i = 0; i < 5; i++)
        {
            // Each log writes its lines at once: one batch, one look at the size.
            await using var log = NewLog(maxBytes: 1024, maxFiles: 3);
            for (var j = 0; j < 12; j++)
            {
                log.Write(new AuditLine(DateTimeOffset.UnixEpoch, "admitted", $"user-{i}-{j}"));
            }
        }

        Assert.Equal(["auth.jsonl", "auth.jsonl.1", "auth.jsonl.2"], Directory.GetFiles(Path.GetDirectoryName(File)!).Select(Path.GetFileName).Order());
        Assert.Contains("user-4-11", await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_costs_lines_and_is_told_once()
    {
        await System.IO.File.WriteAllTextAsync(Path.Combine(_folder.FullName, "audit"), "a file where the folder should be");
        List<string> told = [];
        var log = new AuditLog(File, 1024, 2, 1, new SemaphoreSlim(1), told.Add);
        for (var i = 0; i < 100; i++)
        {
            log.Write(new AuditLine(DateTimeOffset.UnixEpoch, "admitted"));
        }

        await log.DisposeAsync();
        Assert.Single(told);
        Assert.Equal(100, log.Lost);
    }

    [Fact]
    public async Task A_disk_that_hangs_holds_nobody_and_what_does_not_fit_is_counted()
    {
        var held = new SemaphoreSlim(0);
        await using var log = new AuditLog(File, 1024, 2, 1, held);
        var written = 0;
        for (; log.Lost == 0; written++)
        {
            Assert.InRange(written, 0, AuditLog.QueuedMax * 3);
            log.Write(new AuditLine(DateTimeOffset.UnixEpoch, "admitted"));
        }

        Assert.InRange(written, AuditLog.QueuedMax + 1, AuditLog.QueuedMax * 3);
        held.Release();
    }

    [Fact]
    public async Task The_file_is_for_its_owner_alone()
    {
        await using (var log = NewLog())
        {
            log.Write(new AuditLine(DateTimeOffset.UnixEpoch, "admitted"));
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }
    }

    [Fact]
    public async Task A_pipe_in_its_place_is_refused_at_the_start_and_costs_lines_later()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var pipe = NamedPipe.Make(_folder.FullName);
        var link = Path.Combine(_folder.FullName, "link");
        System.IO.File.CreateSymbolicLink(link, pipe);
        Assert.Equal("Plugins:auth:Audit:Path names a pipe or a terminal, and no regular file.", FaultOf(pipe));
        Assert.Equal("Plugins:auth:Audit:Path names a pipe or a terminal, and no regular file.", FaultOf(link));
        List<string> told = [];
        var log = new AuditLog(pipe, 1024, 2, 1, new SemaphoreSlim(1), told.Add);
        log.Write(new AuditLine(DateTimeOffset.UnixEpoch, "admitted"));
        await log.DisposeAsync();
        Assert.Equal($"{pipe} is a pipe or a terminal, and no regular file", Assert.Single(told));
        Assert.Equal(1, log.Lost);

        // One that is empty or not there yet is a file.
        Assert.Null(FaultOf(Path.Combine(_folder.FullName, "none")));
        System.IO.File.WriteAllText(Path.Combine(_folder.FullName, "empty"), "");
        Assert.Null(FaultOf(Path.Combine(_folder.FullName, "empty")));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string? FaultOf(string path)
    {
        var reader = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection([new("Plugins:auth:Audit:Path", path)]).Build().GetSection("Plugins:auth"));
        LiveSettings.Read(reader);
        return Record.Exception(reader.ThrowIfFaulty)?.Message;
    }

    private AuditLog NewLog(long maxBytes = AuditLog.DefaultMaxBytes, int maxFiles = AuditLog.DefaultMaxFiles) => new(File, maxBytes, maxFiles, 1, new SemaphoreSlim(1));
}
