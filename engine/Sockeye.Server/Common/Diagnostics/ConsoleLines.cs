namespace Sockeye.Server.Common;

/// <summary>The lines on their way to the process's standard error. Whoever has one hands it over and goes on: writing, which a full pipe may hold for ever, happens on a thread of its own.</summary>
/// <remarks>It owns the queue and the thread, which begins with the first line and keeps no process alive. Any thread. One for each process. At most <see cref="MaxWaiting"/> lines wait;
/// what comes on top, and what standard error does not take because it is closed or its disk is full, is counted, and said as soon as a line can be written again.</remarks>
internal sealed class ConsoleLines
{
    /// <summary>Lines that may wait: some seconds of all that is limited in number (own).</summary>
    public const int MaxWaiting = 256;

    /// <summary>Lines that wait as what they are made from: more than the log has of one kind in a second (own).</summary>
    public const int MaxUnmade = 8;

    /// <summary>How long the end of the process, or of a start that failed, waits for the last lines.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Lock _start = new();
    private readonly object _lock = new();
    private readonly Queue<Func<string>> _waiting = new();
    private readonly Func<Stream?> _open;
    private Thread? _thread;
    private long _omitted;
    private bool _isWriting;

    /// <param name="open">The stream to write to; null: there is none.</param>
    public ConsoleLines(Func<Stream?> open) => _open = open;

    /// <summary>Those of this process.</summary>
    public static ConsoleLines OfProcess { get; } = Make();

    /// <summary>Whether somebody sits before it, who has started the program by hand.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Hands a line over.</summary>
    /// <param name="line">Makes the text, without its end, on the thread that writes: what costs time, such as finding the line of a failure in its source, is done there.
    /// While more than <see cref="MaxUnmade"/> wait it is made at once, so that a failure and all it holds, such as what a client sent, does not wait as long as standard error takes nothing.</param>
    public void Add(Func<string> line)
    {
        if (Volatile.Read(ref _thread) is null)
        {
            Begin();
        }

        if (TryAdd(line, MaxUnmade, omits: false))
        {
            return;
        }

        lock (_lock)
        {
            if (_waiting.Count == MaxWaiting)
            {
                _omitted++;
                return;
            }
        }

        var text = line();
        TryAdd(() => text, MaxWaiting, omits: true);
    }

    /// <summary>Waits until all lines are written, or for so long.</summary>
    /// <returns>Whether they are.</returns>
    public bool Flush(TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_lock)
        {
            while (_waiting.Count > 0 || _isWriting)
            {
                var left = until - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_lock, (int)left))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private static ConsoleLines Make()
    {
        var lines = new ConsoleLines(StandardError.Open) { IsTerminal = !Console.IsErrorRedirected };
        AppDomain.CurrentDomain.ProcessExit += (_, _) => lines.Flush(Patience);
        AppDomain.CurrentDomain.UnhandledException += (_, _) => lines.Flush(Patience);
        return lines;
    }

    private bool TryAdd(Func<string> line, int most, bool omits)
    {
        lock (_lock)
        {
            if (_waiting.Count >= most)
            {
                _omitted += omits ? 1 : 0;
                return false;
            }

            _waiting.Enqueue(line);
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    private void Begin()
    {
        lock (_start)
        {
            if (_thread is null)
            {
                var thread = new Thread(Run) { IsBackground = true, Name = "sockeye-console" };
                thread.UnsafeStart();
                Volatile.Write(ref _thread, thread);
            }
        }
    }

    private void Run()
    {
        Stream? stream = null;
        try
        {
            stream = _open();
        }
#pragma warning disable CA1031 // Without a console nothing can be told; the process goes on.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        while (true)
        {
            Func<string> line;
            long omitted;
            lock (_lock)
            {
                _isWriting = false;
                Monitor.PulseAll(_lock);
                while (_waiting.Count == 0)
                {
                    Monitor.Wait(_lock);
                }

                line = _waiting.Dequeue();
                omitted = _omitted;
                _isWriting = true;
            }

            if (!TryWrite(stream, line, omitted))
            {
                omitted = -1;
            }

            lock (_lock)
            {
                _omitted -= omitted;
            }
        }
    }

    private static bool TryWrite(Stream? stream, Func<string> line, long omitted)
    {
        if (stream is null)
        {
            return false;
        }

        try
        {
            var text = omitted > 0 ? $"lines of the server that were left out here, since standard error did not take them: {omitted}{Environment.NewLine}{line()}" : line();
            var bytes = System.Text.Encoding.UTF8.GetBytes(text + Environment.NewLine);
            stream.Write(bytes, 0, bytes.Length);
            stream.Flush();
            return true;
        }
#pragma warning disable CA1031 // A closed pipe, a full disk: counted, and tried again with the next line.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
