using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Writes one line of JSON for each decision into a file that is turned over by size. All members may be called from any thread, and none waits for the disk.</summary>
/// <remarks>
/// <para><b>Bounds.</b> <see cref="QueuedMax"/> lines wait for the disk; what comes beyond is counted and left out. Of the files the newest ones stay.</para>
/// <para><b>Failures.</b> A disk that is full or a folder that may not be written costs lines, which are counted, and one line in the log until it works again.</para>
/// <para><b>Two generations</b> of the plugin may write at once while one follows the other: the file is opened for each batch, under a lock that both have.</para>
/// </remarks>
internal sealed class AuditLog : IAsyncDisposable
{
    /// <summary>Lines that wait for the disk: 8,192 (own: some 4 MB).</summary>
    public const int QueuedMax = 8192;

    /// <summary>Bytes of a file unless configured: 16 MiB (own).</summary>
    public const long DefaultMaxBytes = 16 * 1024 * 1024;

    /// <summary>Files unless configured: 5, the one that is written among them (own).</summary>
    public const int DefaultMaxFiles = 5;

    private const int BatchBytes = 64 * 1024;

    private const string NoFile = "a pipe or a terminal, and no regular file";

    private static readonly TimeSpan DisposePatience = TimeSpan.FromSeconds(2);

    private readonly Channel<AuditLine> _lines = Channel.CreateBounded<AuditLine>(new BoundedChannelOptions(QueuedMax) { SingleReader = true });
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _maxFiles;
    private readonly int _generation;
    private readonly SemaphoreSlim _file;
    private readonly Action<string>? _failed;
    private readonly Task _writing;
    private long _lost;
    private bool _isFailing;

    /// <summary>Begins to write.</summary>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="maxBytes">Bytes from which on the file is turned over.</param>
    /// <param name="maxFiles">Files that stay, the one that is written among them; older ones are <c>.1</c>, <c>.2</c> and so on.</param>
    /// <param name="generation">Of the plugin, said in each line.</param>
    /// <param name="file">Held while the file is open; shared between generations.</param>
    /// <param name="failed">Told why it cannot write, once until it works again.</param>
    public AuditLog(string path, long maxBytes, int maxFiles, int generation, SemaphoreSlim file, Action<string>? failed = null)
    {
        _path = Path.GetFullPath(path);
        _maxBytes = maxBytes;
        _maxFiles = maxFiles;
        _generation = generation;
        _file = file;
        _failed = failed;
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Lines that were left out.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>What keeps a path from being that of an audit log, as the end of a sentence; null: nothing that lasts. What cannot be written at the moment is told when it is.</summary>
    /// <param name="path">The file, which need not be there.</param>
    public static string? Fault(string path)
    {
        try
        {
            if (!File.Exists(path) || NamedFile.HasContent(path))
            {
                return null;
            }

            using var file = Open(path, FileMode.Open);
            return file.CanSeek ? null : NoFile;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Notes a decision.</summary>
    /// <param name="line">The decision.</param>
    public void Write(in AuditLine line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Writes what waits, for at most 2 s.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        // A disk that hangs does not hold the server's stop. The real clock: nobody drives another one while the plugin is disposed.
        await Task.WhenAny(_writing, Task.Delay(DisposePatience)).ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(BatchBytes);
        using var writer = new Utf8JsonWriter(buffer);
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var count = 0;
            buffer.ResetWrittenCount();
            while (buffer.WrittenCount < BatchBytes && _lines.Reader.TryRead(out var line))
            {
                writer.Reset();
                line.WriteTo(writer, _generation);
                writer.Flush();
                buffer.Write("\n"u8);
                count++;
            }

            await _file.WaitAsync().ConfigureAwait(false);
            try
            {
                Append(buffer.WrittenSpan);
                _isFailing = false;
            }
#pragma warning disable CA1031 // Whatever a file system thinks of: the lines are lost and counted, and the next ones are tried.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Interlocked.Add(ref _lost, count);
                if (!_isFailing)
                {
                    _isFailing = true;
                    _failed?.Invoke(failure.Message);
                }
            }
            finally
            {
                _file.Release();
            }
        }
    }

    private void Append(ReadOnlySpan<byte> lines)
    {
        if (Path.GetDirectoryName(_path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        if (NamedFile.Of(_path) is { Exists: true } now && now.Length + lines.Length > _maxBytes && now.Length > 0)
        {
            TurnOver();
        }

        using var file = Open(_path, FileMode.OpenOrCreate);
        if (!file.CanSeek)
        {
            throw new IOException($"{_path} is {NoFile}");
        }

        file.Seek(0, SeekOrigin.End);
        file.Write(lines);
    }

    /// <summary>To read as well, although nothing is read: a pipe that nobody reads is waited for by whoever opens it to write alone.</summary>
    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode == FileMode.OpenOrCreate)
        {
            // Who was here and from where is for the owner.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private void TurnOver()
    {
        for (var i = _maxFiles - 1; i >= 1; i--)
        {
            var from = i == 1 ? _path : Numbered(i - 1);
            if (File.Exists(from))
            {
                File.Move(from, Numbered(i), overwrite: true);
            }
        }

        if (_maxFiles == 1)
        {
            File.Delete(_path);
        }
    }

    private string Numbered(int number) => _path + "." + number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One decision. It has no place for a token or a key.</summary>
/// <param name="Time">When.</param>
/// <param name="What">What was decided: <c>admitted</c>, <c>refused</c>, <c>refreshed</c>, <c>refresh_refused</c>, <c>revoked</c>, <c>disconnected</c>.</param>
/// <param name="Who">The subject; of a refusal who was claimed, unproven; null: nobody.</param>
/// <param name="Why">The code.</param>
/// <param name="Address">The address of the client, or of who has asked.</param>
/// <param name="Namespace">The namespace.</param>
/// <param name="Source">Which source of tokens has decided.</param>
/// <param name="Socket">The socket.</param>
internal readonly record struct AuditLine(
    DateTimeOffset Time, string What, string? Who = null, string? Why = null, string? Address = null, string? Namespace = null, string? Source = null, string? Socket = null)
{
    public void WriteTo(Utf8JsonWriter writer, int generation)
    {
        writer.WriteStartObject();
        writer.WriteString("time", Time.UtcDateTime);
        writer.WriteString("what", What);
        Text(writer, "who", Who);
        Text(writer, "why", Why);
        Text(writer, "address", Address);
        Text(writer, "namespace", Namespace);
        Text(writer, "source", Source);
        Text(writer, "socket", Socket);
        writer.WriteNumber("generation", generation);
        writer.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        // The writer escapes whatever could start a line or hide one.
        if (value is not null)
        {
            writer.WriteString(name, value.Length > SocketIdentity.MaxSubjectLength ? value.AsSpan(0, SocketIdentity.MaxSubjectLength) : value);
        }
    }
}
