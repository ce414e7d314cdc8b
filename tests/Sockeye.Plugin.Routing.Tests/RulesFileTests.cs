using System.Diagnostics;
using System.Globalization;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Rules;
using Sockeye.Server.Tests;
using Sockeye.Testing;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>The file that has the rules is looked at while the server runs, and read again when it has changed.</summary>
public sealed class RulesFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly AwaitedLog _log = new();
    private readonly List<string> _seen = [];

    [Fact]
    public async Task A_changed_file_is_taken_and_a_faulty_one_keeps_the_rules_and_tells_every_fault()
    {
        Write("{\"rename\":\"first\"}");
        await using var app = Start();
        var client = app.Connect();
        Assert.Equal("first", Through(app, client));

        Write("{\"rename\":\"the second\"}");
        await LookAsync(app, () => Through(app, client) == "the second");

        File.WriteAllText(_path, "{\"rules\":[\n{\"id\":\"r\",\"macth\":{},\"actions\":[{\"drop\":true}]},\n{\"id\":\"s\",\"actions\":[{\"droop\":true}]}]}");
        var (first, second) = (_log.Line("did you mean 'match'?"), _log.Line("did you mean 'drop'?"));
        await LookAsync(app, () => first.IsCompleted && second.IsCompleted);
        Assert.Equal($"The changed rules are faulty, and those of before hold: {_path}(2,11): the key of a rule 'macth' is unknown; did you mean 'match'?", await first);
        Assert.EndsWith($"{_path}(3,23): the action 'droop' is unknown; did you mean 'drop'?", await second, StringComparison.Ordinal);
        Assert.Equal("the second", Through(app, client));

        File.WriteAllText(_path, "{\"rules\":[");
        var third = _log.Line("not JSON");
        await LookAsync(app, () => third.IsCompleted);
        Assert.Equal("the second", Through(app, client));

        File.Delete(_path);
        var fourth = _log.Line(":file: names a file that cannot be read");
        await LookAsync(app, () => fourth.IsCompleted);
        Assert.Equal("the second", Through(app, client));

        Write("{\"rename\":\"number three\"}");
        await LookAsync(app, () => Through(app, client) == "number three");
        Assert.Equal(0, app.HandlerErrorCount);
    }

    /// <summary>As Kubernetes mounts what it changes: links to files behind a link to a folder, which alone is replaced.</summary>
    [Fact]
    public async Task A_file_behind_links_is_taken_again_when_one_of_them_leads_elsewhere()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var folder = Directory.CreateTempSubdirectory("sockeye-rules-").FullName;
        try
        {
            Put("1", "first");
            Put("2", "other");
            var data = Path.Combine(folder, "data");
            Directory.CreateSymbolicLink(data, "1");
            File.CreateSymbolicLink(_path, Path.Combine(data, "rules.json"));
            await using var app = Start();
            var client = app.Connect();
            Assert.Equal("first", Through(app, client));
            Directory.Delete(data);
            Directory.CreateSymbolicLink(data, "2");
            await LookAsync(app, () => Through(app, client) == "other");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Put(string version, string name)
        {
            var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, version)).FullName, "rules.json");
            File.WriteAllText(file, RulesOf($$"""{"rename":"{{name}}"}"""));
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, int.Parse(version, CultureInfo.InvariantCulture), 0, 0, 0, DateTimeKind.Utc));
        }
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_file_is_refused_and_not_waited_for_at_the_start_and_later()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var folder = Directory.CreateTempSubdirectory("sockeye-rules-").FullName;
        try
        {
            var pipe = NamedPipe.Make(folder);
            Assert.Equal($"{pipe}: the file is empty, or no regular file", FaultOf(pipe));

            // A link to one is as little a file.
            File.CreateSymbolicLink(_path, pipe);
            Assert.Equal($"{_path}: the file is empty, or no regular file", FaultOf(_path));
            File.Delete(_path);
            Write("{\"rename\":\"first\"}");
            await using var app = Start();
            var told = _log.Line("is empty, or no regular file");
            File.Move(pipe, _path, overwrite: true);
            await LookAsync(app, () => told.IsCompleted);
            Assert.Equal("first", Through(app, app.Connect()));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static string FaultOf(string path)
        {
            var faults = new RuleFaults();
            Assert.Null(RuleDocument.ReadFile(path, faults));
            return Assert.Single(faults.Lines);
        }
    }

    [Fact]
    public void A_changed_file_is_left_for_some_looks_to_whoever_watches_it()
    {
        Write("{\"rename\":\"first\"}");
        var file = new RulesFile();
        file.OnRead(_path);
        Write("{\"rename\":\"the second\"}");
        Assert.Equal([false, false, false, true], Enumerable.Range(0, 4).Select(_ => file.HasChanged()));
        Write("{\"rename\":\"number three\"}");
        Assert.False(file.HasChanged());
        Assert.False(file.HasChanged());
        file.OnRead(_path);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.False(file.HasChanged()));
    }

    public void Dispose() => File.Delete(_path);

    private static string RulesOf(string action) => $$"""{"rules":[{"id":"r","match":{"event":"e"},"actions":[{{action}}]}]}""";

    private void Write(string action) => File.WriteAllText(_path, RulesOf(action));

    private string Through(SockeyeTestServer app, SockeyeTestClient client)
    {
        _seen.Clear();
        client.Emit("e");
        app.RunUntilIdle();
        return Assert.Single(_seen);
    }

    /// <summary>Lets seconds pass until something has happened, whose work goes through the thread pool.</summary>
    private static async Task LookAsync(SockeyeTestServer app, Func<bool> hasHappened)
    {
        for (var start = Stopwatch.GetTimestamp(); !hasHappened();)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < RealClient.Patience, "it has not happened");
            app.Advance(TimeSpan.FromSeconds(1));

            // The pool takes its work in order: what the clock has begun mostly runs before this.
            await Task.Run(static () => { });
        }
    }

    private SockeyeTestServer Start() => new(
        server => server.OnAny(e => _seen.Add(e.Context.Name.ToString())),
        builder =>
        {
            builder.LoggerFactory = _log;
            builder.AddPlugin(new RoutingPlugin(), RulesSection.Of($$"""{"file":"{{_path}}"}"""));
        });
}
