using Sockeye;

await using SockeyeServer server = SockeyeServer.Create("http://127.0.0.1:3000");
Tokens tokens = new();
/* here */
await server.RunAsync();

internal sealed record Token(string Subject, DateTimeOffset ExpiresAt, string[] Scopes);

internal sealed class Tokens
{
    public Task<Token?> ReadAsync(string? text, CancellationToken ct) =>
        Task.FromResult(text is null ? null : new Token(text, DateTimeOffset.MaxValue, ["post"]));
}
