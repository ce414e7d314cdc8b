using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Sockeye.Plugin.Routing.Outputs;

/// <summary>What one attempt came to.</summary>
/// <param name="Failure">Why it did not succeed; null: it did.</param>
/// <param name="MayRetry">Whether another attempt may succeed.</param>
/// <param name="After">When the target wants to be asked again; null: it does not say.</param>
/// <param name="Status">The status of the answer; 0: there was none.</param>
internal readonly record struct AttemptResult(DropReason? Failure, bool MayRetry, TimeSpan? After, int Status);

/// <summary>Posts one event to one address, once. Owns the connections of its output; any thread, several at once.</summary>
/// <remarks>The address is that of the configuration and nothing of an event is ever part of it. Redirects are not followed, cookies not kept, a proxy of the environment not used, and an answer's body is not read.</remarks>
internal sealed class HttpAttempt : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpOutputOptions _options;
    private readonly TimeProvider _time;
    private readonly byte[][] _keys;
    private readonly HttpMessageInvoker _http;

    public HttpAttempt(HttpOutputOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _keys = [.. options.Secrets.Select(secret => WebhookSignature.TryReadKey(secret, out var key) is { } fault ? throw new ArgumentException(fault, nameof(options)) : key)];
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = options.Ordered ? 1 : options.Concurrency,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            // A name that moves to another address is followed within that time.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>Posts an event.</summary>
    /// <param name="message">The event.</param>
    /// <param name="ended">Gives up; what it comes to is thrown.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task<AttemptResult> SendAsync(OutgoingMessage message, CancellationToken ended)
    {
        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ended);
        try
        {
            using var request = Request(message);
            using var response = await _http.SendAsync(request, either.Token).ConfigureAwait(false);
            return Read(response);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return new AttemptResult(DropReason.TimedOut, true, null, 0);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return new AttemptResult(DropReason.Unreachable, true, null, 0);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(OutgoingMessage message)
    {
        var content = new ByteArrayContent(message.Body);
        content.Headers.ContentType = Json;
        var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = content };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("User-Agent", "Sockeye-Routing");
        headers.TryAddWithoutValidation("Idempotency-Key", message.Id);
        headers.TryAddWithoutValidation(WebhookSignature.IdHeader, message.Id);
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        headers.TryAddWithoutValidation(WebhookSignature.TimestampHeader, timestamp.ToString(CultureInfo.InvariantCulture));
        if (_keys.Length > 0)
        {
            headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Sign(_keys, message.Id, timestamp, message.Body));
        }

        return request;
    }

    private AttemptResult Read(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => new AttemptResult(null, false, null, status),
            >= 300 and < 400 => new AttemptResult(DropReason.Redirected, false, null, status),
            408 or 425 or 429 or 500 or 502 or 503 or 504 =>
                new AttemptResult(DropReason.Unavailable, true, RetryDelay.Asked(response.Headers, _options.MaxDelay, _time.GetUtcNow()), status),
            _ => new AttemptResult(DropReason.Refused, false, null, status),
        };
    }
}
