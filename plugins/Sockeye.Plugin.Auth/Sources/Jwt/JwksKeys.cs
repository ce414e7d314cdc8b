using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>The keys of one issuer that come from an address or a file, and change. May be asked from any thread.</summary>
/// <remarks>
/// <para><b>When it is fetched</b>: at the start, at an interval, and at once for a token with a key that nobody knows, but never twice within the least interval; whoever comes meanwhile waits for the same fetch.</para>
/// <para><b>In an outage</b> the last good keys go on for a while, then there are none. Nobody who is connected is concerned.</para>
/// </remarks>
internal sealed class JwksKeys : IAsyncDisposable
{
    /// <summary>Bytes of a set at most: 262,144 (own).</summary>
    public const int MaxBytes = 262_144;

    private readonly JwksSettings _settings;
    private readonly string _source;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly OutboundHttp? _http;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Good? _good;
    private ITimer? _timer;
    private Task? _running;
    private long? _begun;
    private string? _toldFault;
    private (DateTime Written, long Length) _fileSeen;

    /// <summary>Keys that have not been fetched yet.</summary>
    /// <param name="settings">Where they are.</param>
    /// <param name="source">The name of the source that uses them.</param>
    /// <param name="time">The clock of intervals.</param>
    /// <param name="logger">Told what goes wrong.</param>
    public JwksKeys(JwksSettings settings, string source, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _source = source;
        _time = time;
        _logger = logger;
        _http = settings.Url is null ? null : new OutboundHttp(MaxBytes, connections: 1);
    }

    /// <summary>The keys that hold; null: there are none, or none any more.</summary>
    public JwtKeySet? Current => Volatile.Read(ref _good) is { } good && (_time.GetElapsedTime(good.At) <= _settings.KeepFor + _settings.RefreshInterval) ? good.Keys : null;

    private string Shown => _settings.Url is { } url ? HttpAddress.Shown(url) : _settings.File!;

    /// <summary>Reads a file with a set of keys, and notes what is wrong with it.</summary>
    /// <param name="settings">The section that names it.</param>
    /// <param name="path">The file.</param>
    public static void CheckFile(SettingsReader settings, string path)
    {
        if (Secrets.File(settings, "File", path, MaxBytes) is not { } bytes)
        {
            return;
        }

        try
        {
            JwtKeySet.Parse(bytes, allowsSecrets: true);
        }
        catch (FormatException fault)
        {
            settings.Fault("File", $"names a file that is no set of keys: {fault.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Fetches them for the first time, and goes on at the interval. Returns after that fetch, whatever has become of it.</summary>
    /// <param name="cancellationToken">Starting was given up.</param>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await FetchOnce().WaitAsync(cancellationToken).ConfigureAwait(false);
        _timer = _time.CreateTimer(static state => ((JwksKeys)state!).FetchOnce(), this, _settings.RefreshInterval, _settings.RefreshInterval);
    }

    /// <summary>Fetches them again, unless that was done a moment ago, and says which ones there are then.</summary>
    /// <param name="cancellationToken">Nobody waits any more; the fetch goes on.</param>
    public async ValueTask<JwtKeySet?> RenewAsync(CancellationToken cancellationToken)
    {
        Task fetch;
        lock (_lock)
        {
            fetch = _running is { IsCompleted: false } running ? running
                : _begun is { } begun && _time.GetElapsedTime(begun) < _settings.MinRefreshInterval ? Task.CompletedTask
                : FetchOnce();
        }

        await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Current;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        Task? running;
        lock (_lock)
        {
            running = _running;
        }

        await (running ?? Task.CompletedTask).ConfigureAwait(false);
        _http?.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The fetch that runs, or a new one. It never fails.</summary>
    private Task FetchOnce()
    {
        lock (_lock)
        {
            if (_running is not { IsCompleted: false })
            {
                _begun = _time.GetTimestamp();
                _running = Task.Run(FetchAsync);
            }

            return _running;
        }
    }

    private async Task FetchAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        try
        {
            var bytes = _http is null ? ReadFile() : await DownloadAsync().ConfigureAwait(false);
            var keys = bytes is null ? _good!.Keys : JwtKeySet.Parse(bytes, allowsSecrets: _http is null);
            var isNew = bytes is not null && _good is null;
            Volatile.Write(ref _good, new Good(keys, _time.GetTimestamp()));
            if (isNew || _toldFault is not null)
            {
                AuthLog.KeysRead(_logger, _source, keys.Count, Shown);
            }

            _toldFault = null;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The configuration is replaced, or the server ends.
        }
        catch (Exception failure) when (failure is OutboundException or FormatException)
        {
            Tell(failure.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Tell("it cannot be read");
        }
#pragma warning disable CA1031 // Whatever else a certificate store or a resolver thinks of: the next interval tries again.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Tell($"it failed ({failure.GetType().Name})");
        }
    }

    /// <summary>One line when something goes wrong, another one when it is something else.</summary>
    private void Tell(string fault)
    {
        if (_toldFault != fault)
        {
            _toldFault = fault;
            AuthLog.NoKeys(_logger, _source, Shown, fault, _good is null ? "there are none" : "the last good ones go on for a while");
        }
    }

    private async Task<byte[]> DownloadAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _settings.Url);
        request.Headers.TryAddWithoutValidation("Accept", "application/json, application/jwk-set+json");
        return await _http!.SendAsync(request, _settings.Timeout, _time, _stopping.Token).ConfigureAwait(false);
    }

    /// <summary>The file; null: it is as it was.</summary>
    private byte[]? ReadFile()
    {
        if (!File.Exists(_settings.File))
        {
            throw new OutboundException("there is no such file");
        }

        var file = NamedFile.Of(_settings.File);
        if (file is not { Exists: true, Length: > 0 })
        {
            throw new OutboundException($"it {NamedFile.NoContent}");
        }

        if (_good is not null && _toldFault is null && (file.LastWriteTimeUtc, file.Length) == _fileSeen)
        {
            return null;
        }

        if (file.Length > MaxBytes)
        {
            throw new OutboundException($"it is longer than {MaxBytes} bytes");
        }

        var seen = (file.LastWriteTimeUtc, file.Length);
        var bytes = File.ReadAllBytes(file.FullName);
        _fileSeen = seen;
        return bytes;
    }

    /// <summary>The last keys that were read, and when.</summary>
    private sealed record Good(JwtKeySet Keys, long At);
}
