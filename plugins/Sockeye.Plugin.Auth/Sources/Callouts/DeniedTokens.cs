using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Tokens that were refused a moment ago, so that a client that tries again and again does not ask somebody outside each time. May be called from any thread.</summary>
/// <remarks><b>Memory.</b> Two halves of <see cref="Half"/> hashes: when the newer one is full, the older one is forgotten. Tokens themselves are not kept.</remarks>
/// <param name="keepFor">How long; zero: nothing is kept.</param>
/// <param name="time">By which clock.</param>
internal sealed class DeniedTokens(TimeSpan keepFor, TimeProvider time)
{
    /// <summary>Tokens in each half: 5,000 (own).</summary>
    public const int Half = 5000;

    private readonly Lock _lock = new();
    private Dictionary<string, (long At, string Code)> _newer = new(StringComparer.Ordinal);
    private Dictionary<string, (long At, string Code)> _older = new(StringComparer.Ordinal);

    /// <summary>Why it was refused; null: it was not, or too long ago.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="token">The token.</param>
    public string? Find(string nsp, string token)
    {
        if (keepFor == TimeSpan.Zero)
        {
            return null;
        }

        var key = KeyOf(nsp, token);
        lock (_lock)
        {
            return (_newer.TryGetValue(key, out var found) || _older.TryGetValue(key, out found)) && time.GetElapsedTime(found.At) < keepFor ? found.Code : null;
        }
    }

    /// <summary>It was refused.</summary>
    /// <param name="nsp">The namespace.</param>
    /// <param name="token">The token.</param>
    /// <param name="code">Why.</param>
    public void Add(string nsp, string token, string code)
    {
        if (keepFor == TimeSpan.Zero)
        {
            return;
        }

        var key = KeyOf(nsp, token);
        lock (_lock)
        {
            if (_newer.Count >= Half)
            {
                _older = _newer;
                _newer = new Dictionary<string, (long, string)>(StringComparer.Ordinal);
            }

            _newer[key] = (time.GetTimestamp(), code);
        }
    }

    private static string KeyOf(string nsp, string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{nsp}\0{token}")));
}
