using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Asks one address over HTTP, by POST.</summary>
internal sealed class HttpSource : CalloutSource
{
    /// <summary>The header with the signature of a question: <c>t=…,v1=…</c>.</summary>
    public const string SignatureHeader = "Sockeye-Signature";

    private readonly Uri _url;
    private readonly OutboundHttp _http;

    /// <summary>A source.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="url">The address.</param>
    /// <param name="services">What it works with.</param>
    public HttpSource(CalloutSettings settings, Uri url, SourceServices services)
        : base(settings, services)
    {
        _url = url;
        _http = new OutboundHttp(settings.MaxAnswerBytes, settings.MaxConcurrent);
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    protected override async Task<ReadOnlyMemory<byte>> AskAsync(AuthAttempt attempt, CancellationToken cancellationToken)
    {
        var question = Question(attempt, nonce: null);
        using var content = new ReadOnlyMemoryContent(question);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = content };
        if (Settings.Secret is { } secret)
        {
            var seconds = Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            request.Headers.TryAddWithoutValidation(SignatureHeader, $"t={seconds},v1={Sign(secret, seconds, question.Span)}");
        }

        return await _http.SendAsync(request, Settings.Timeout, Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>HMAC-SHA256 over the moment, a dot and the question.</summary>
    internal static string Sign(byte[] secret, string seconds, ReadOnlySpan<byte> question)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.ASCII.GetBytes(seconds + "."));
        hmac.AppendData(question);
        return Convert.ToHexStringLower(hmac.GetHashAndReset());
    }
}
