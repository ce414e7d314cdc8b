using System.Net;

namespace Sockeye.Plugin.Auth.Sources;

/// <summary>Asks the one address that it was made for: no redirects, no cookies, an answer of bounded size in bounded time. May be used from any thread.</summary>
/// <param name="maxAnswerBytes">Bytes of an answer.</param>
/// <param name="connections">Connections at once.</param>
internal sealed class OutboundHttp(int maxAnswerBytes, int connections) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxConnectionsPerServer = connections,
        // The name of the host is looked up again from time to time.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxResponseHeadersLength = 16,
        ActivityHeadersPropagator = null,
    })
    {
        MaxResponseContentBufferSize = maxAnswerBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="time">By which clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OutboundException">There is no answer of status 200; the message has nothing of a secret.</exception>
    public async Task<byte[]> SendAsync(HttpRequestMessage request, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false),
                >= (HttpStatusCode)300 and < (HttpStatusCode)400 => throw new OutboundException($"it redirects (status {(int)response.StatusCode}), which is not followed"),
                var status => throw new OutboundException($"it answered with status {(int)status}"),
            };
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new OutboundException($"it did not answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (HttpRequestException failure)
        {
            throw new OutboundException(failure.HttpRequestError switch
            {
                HttpRequestError.ConfigurationLimitExceeded => $"its answer is longer than {maxAnswerBytes} bytes",
                HttpRequestError.NameResolutionError => "its name is not known",
                HttpRequestError.ConnectionError => "it cannot be reached",
                HttpRequestError.SecureConnectionError => "its certificate is not accepted",
                var other => $"it cannot be asked ({other})",
            });
        }
        catch (IOException)
        {
            throw new OutboundException("the connection broke");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();
}

/// <summary>Somebody outside could not be asked. The message is the rest of a sentence about it, and has nothing of a secret.</summary>
internal sealed class OutboundException(string message) : Exception(message);
