using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Remembers failed attempts by address and by the identity that was claimed, and says how long the next failure waits for its answer. All members may be called from any thread.</summary>
/// <remarks>
/// <para><b>What it may not do.</b> It never refuses anybody: a valid token is admitted whatever is remembered. What waits is the answer to a failure, and the question to a source that is expensive to ask.</para>
/// <para><b>Memory.</b> A sketch of counters in <see cref="Rows"/> rows that leak with time: it is as large on the first day as under attack. Nothing is ever thrown out of it, so nobody can push his own
/// failures out with others; a success does not lower it either, or an attacker with one valid token would start afresh as often as he likes. Two names may share counters: the lowest of the rows counts,
/// and a bystander who shares all of them waits for the answer to his own failure, no more.</para>
/// </remarks>
internal sealed class Throttle
{
    /// <summary>Counters unless configured: 16,384 (own: 256 KB, and 1,000 addresses under attack share all four counters of a bystander with a chance of 1 in 400).</summary>
    public const int DefaultCells = 16_384;

    /// <summary>Failures of one address, or against one identity, that are answered at once, and how many are forgotten in a minute: 10 (the usual limit of failed log-ins).</summary>
    public const int DefaultFreeFailures = 10;

    /// <summary>Longest delay unless configured: 2 s (own: below the server's time for admission, 5 s, which an expensive source needs as well).</summary>
    public static readonly TimeSpan DefaultMaxDelay = TimeSpan.FromSeconds(2);

    private const int Rows = 4;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(125);

    private readonly Lock _lock = new();
    private readonly Cell[] _cells;
    private readonly TimeProvider _time;
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);
    private readonly int _perRow;
    private readonly double _free;
    private readonly double _leakPerTick;
    private readonly TimeSpan _maxDelay;

    /// <summary>An empty one.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="freeFailures">Failures that are answered at once, and how many are forgotten in a minute.</param>
    /// <param name="maxDelay">The longest delay; zero: there is none.</param>
    /// <param name="cells">Counters.</param>
    public Throttle(TimeProvider time, int freeFailures = DefaultFreeFailures, TimeSpan? maxDelay = null, int cells = DefaultCells)
    {
        _time = time;
        _free = freeFailures;
        _leakPerTick = freeFailures / 60.0 / time.TimestampFrequency;
        _maxDelay = maxDelay ?? DefaultMaxDelay;
        _perRow = Math.Max(1, cells / Rows);
        _cells = new Cell[_perRow * Rows];
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="address">The address of the client.</param>
    /// <param name="claimed">Who it said to be, unproven; null: nobody.</param>
    /// <returns>How long its answer waits: the failures before it decide, and this one.</returns>
    public TimeSpan Fail(string address, string? claimed)
    {
        var level = Math.Max(Add('a', GroupOf(address), 1), claimed is null ? 0 : Add('i', claimed, 1));
        return DelayOf(level);
    }

    /// <summary>How long a question to an expensive source waits, for somebody who has failed before.</summary>
    /// <param name="address">The address of the client.</param>
    /// <param name="claimed">Who it says to be, unproven; null: nobody.</param>
    public TimeSpan Delay(string address, string? claimed) =>
        DelayOf(Math.Max(Add('a', GroupOf(address), 0), claimed is null ? 0 : Add('i', claimed, 0)));

    /// <summary>What counts as one address: of IPv6 the network of 64 bits, which one household has whole; IPv4 in the clothes of IPv6 is IPv4.</summary>
    /// <param name="address">The address.</param>
    internal static string GroupOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed))
        {
            return address;
        }

        if (parsed.IsIPv4MappedToIPv6)
        {
            return parsed.MapToIPv4().ToString();
        }

        if (parsed.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var bytes = parsed.GetAddressBytes();
            bytes.AsSpan(8).Clear();
            return new IPAddress(bytes).ToString();
        }

        return parsed.ToString();
    }

    private TimeSpan DelayOf(double level)
    {
        var over = level - _free;
        if (over <= 0 || _maxDelay == TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        var delay = FirstDelay * Math.Pow(2, Math.Min(over, 30) - 1);
        return delay < _maxDelay ? delay : _maxDelay;
    }

    /// <summary>Adds to the counters of a name, which leak on the way, and returns the lowest.</summary>
    private double Add(char kind, string name, double amount)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using (var hasher = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _seed))
        {
            hasher.AppendData([(byte)kind]);
            hasher.AppendData(Encoding.UTF8.GetBytes(name.Length > SocketIdentity.MaxSubjectLength ? name[..SocketIdentity.MaxSubjectLength] : name));
            hasher.GetHashAndReset(hash);
        }

        var places = MemoryMarshal.Cast<byte, uint>(hash);
        var now = _time.GetTimestamp();
        var lowest = double.MaxValue;
        lock (_lock)
        {
            for (var row = 0; row < Rows; row++)
            {
                ref var cell = ref _cells[(row * _perRow) + (int)(places[row] % (uint)_perRow)];
                cell.Level = Math.Max(0, cell.Level - (Math.Max(0, now - cell.At) * _leakPerTick)) + amount;
                cell.At = Math.Max(now, cell.At);
                lowest = Math.Min(lowest, cell.Level);
            }
        }

        return lowest;
    }

    private struct Cell
    {
        public double Level;
        public long At;
    }
}
