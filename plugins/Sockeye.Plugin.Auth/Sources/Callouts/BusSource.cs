using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Cluster;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Asks whoever listens to a subject of the bus and knows a secret.</summary>
/// <remarks>Question and answer are 64 hexadecimal digits, a line break and JSON. The digits are an HMAC-SHA256 over a word for the direction, the nonce of the question and the JSON, so that nobody else on the bus
/// can ask or answer, and no answer serves twice.</remarks>
internal sealed class BusSource : CalloutSource
{
    /// <summary>The word of questions.</summary>
    internal const string QuestionWord = "sockeye-auth-question";

    /// <summary>The word of answers.</summary>
    internal const string AnswerWord = "sockeye-auth-answer";

    private const int MacLength = SHA256.HashSizeInBytes * 2;

    private readonly string _subject;
    private readonly IClusterBus _bus;
    private BusRequester? _requester;

    /// <summary>A source.</summary>
    /// <param name="settings">Its settings, with a secret.</param>
    /// <param name="subject">The subject below the plugin's own.</param>
    /// <param name="services">What it works with.</param>
    public BusSource(CalloutSettings settings, string subject, SourceServices services)
        : base(settings, services)
    {
        _subject = subject;
        _bus = services.Bus;
    }

    /// <inheritdoc />
    public override async ValueTask StartAsync(CancellationToken cancellationToken) =>
        _requester = await BusRequester.CreateAsync(_bus, "answers", Settings.MaxConcurrent, Time, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (_requester is not null)
        {
            await _requester.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override async Task<ReadOnlyMemory<byte>> AskAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        var nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        var question = Seal(Settings.Secret!, QuestionWord, nonce, Question(attempt, nonce).Span);
        var reply = await _requester!.RequestAsync(_subject, question, Settings.Timeout, cancellationToken).ConfigureAwait(false);
        return reply.Status switch
        {
            BusReplyStatus.Answered => Open(Settings.Secret!, AnswerWord, nonce, reply.Payload) ?? throw new OutboundException("its answer has not the HMAC of one who knows the secret"),
            BusReplyStatus.NoResponders => throw new OutboundException("nobody listens to its subject"),
            BusReplyStatus.TimedOut => throw new OutboundException($"it did not answer within {Settings.Timeout.TotalSeconds:0.###} s"),
            BusReplyStatus.Overloaded => throw new OutboundException("the bus has no room for the question"),
            _ => throw new OutboundException("the bus is closed"),
        };
    }

    /// <summary>A message with its HMAC in front.</summary>
    internal static byte[] Seal(byte[] secret, string word, string nonce, ReadOnlySpan<byte> json) =>
        [.. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Mac(secret, word, nonce, json))), (byte)'\n', .. json];

    /// <summary>The JSON of a message; null: its HMAC is another one.</summary>
    internal static ReadOnlyMemory<byte>? Open(byte[] secret, string word, string nonce, ReadOnlyMemory<byte> message)
    {
        if (message.Length <= MacLength || message.Span[MacLength] != (byte)'\n')
        {
            return null;
        }

        var json = message[(MacLength + 1)..];
        Span<byte> said = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(message.Span[..MacLength], said, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(said, Mac(secret, word, nonce, json.Span)) ? json : default(ReadOnlyMemory<byte>?);
    }

    private static byte[] Mac(byte[] secret, string word, string nonce, ReadOnlySpan<byte> json)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.ASCII.GetBytes($"{word}\n{nonce}\n"));
        hmac.AppendData(json);
        return hmac.GetHashAndReset();
    }
}
