using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Load;

/// <summary>Numbered events with acknowledgements over many connections, at fixed moments, while the folder of a plugin is changed and the server is told so by SIGHUP. Each connection
/// asks for its next number when it is due, whatever the answers do, so that a pause is not hidden by being asked less.</summary>
/// <param name="target">A host whose plugin answers the event <c>sum</c> with the sum of <c>x</c>.</param>
/// <param name="connections">Clients.</param>
/// <param name="folder">The folder of the plugin; null: nothing is reloaded, for comparison.</param>
internal sealed partial class ReloadScenario(Target target, int connections, string? folder) : Scenario(target)
{
    private const int Hangup = 1;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenReloads = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, long>[] _due = new Dictionary<int, long>[connections];
    private readonly int[] _next = new int[connections];
    private long _start, _turns, _sent, _longest;
    private int _closed;
    private bool _stopping;

    public override Measurement Run(TimeSpan warmUp, TimeSpan length)
    {
        OpenWebSockets(connections);
        for (var i = 0; i < connections; i++)
        {
            _due[i] = [];
        }

        _start = Timestamp();
        RunFor(warmUp);
        _longest = 0;
        Begin();
        var reloads = 0;
        for (var done = TimeSpan.Zero; done < length; done += BetweenReloads)
        {
            RunFor(BetweenReloads / 2);
            if (folder is not null)
            {
                File.WriteAllText(Path.Combine(folder, "load.pdb"), Timestamp().ToString(CultureInfo.InvariantCulture));
                _ = Libc.Check(kill(Target.ProcessId, Hangup), "kill");
                reloads++;
            }

            RunFor(BetweenReloads / 2);
        }

        var measured = End();
        _stopping = true;
        for (var i = 0; i < 50 && _due.Any(static waiting => waiting.Count > 0); i++)
        {
            RunFor(TimeSpan.FromMilliseconds(100));
        }

        return measured with
        {
            Note = string.Create(CultureInfo.InvariantCulture,
                $"{reloads} reloads asked for, {_sent} events sent, {_due.Sum(static waiting => waiting.Count)} not answered, {_closed} connections closed, longest wait {_longest * 1e3 / Stopwatch.Frequency:0.0} ms"),
        };
    }

    protected override void Turn(int timeoutMilliseconds = 0)
    {
        base.Turn(timeoutMilliseconds);
        for (long due; _start > 0 && !_stopping && (due = _start + (_turns * Ticks(Interval) / connections)) <= Now; _turns++)
        {
            var connection = Connections[(int)(_turns % connections)];
            var number = _next[connection.Index]++;
            _due[connection.Index].Add(number, due);
            _sent++;
            Send(connection, Dialect.Frame(string.Create(CultureInfo.InvariantCulture, $"42{number}[\"sum\",[{{\"x\":{number}}}]]")));
        }
    }

    protected override void OnReplies(Connection connection, ReadOnlySpan<byte> payload, int count)
    {
        if (payload[1] != (byte)'3')
        {
            return;
        }

        base.OnReplies(connection, payload, count);
        var text = Encoding.UTF8.GetString(payload);
        var number = int.Parse(text.AsSpan(2, text.IndexOf('[', StringComparison.Ordinal) - 2), CultureInfo.InvariantCulture);
        if (!_due[connection.Index].Remove(number, out var due) || !text.EndsWith($":{number}}}]", StringComparison.Ordinal))
        {
            throw new IOException($"{Target.Name} answered {text}, which nobody had asked for or twice.");
        }

        _longest = Math.Max(_longest, Now - due);
        Latency.Add((long)((Now - due) * (1e9 / Stopwatch.Frequency)));
    }

    protected override void OnClosed(Connection connection) => _closed++;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
