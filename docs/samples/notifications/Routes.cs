using System.Text.Json;
using Sockeye.EngineIO.Http;

namespace Notifications;

/// <summary>The HTTP side: users log in, other systems hand in notifications.</summary>
internal sealed class Routes(Tokens tokens, Inbox inbox)
{
    /// <summary>{"user": …}: a token. Here everybody is who they say they are; a real one checks a password.</summary>
    public Task LoginAsync(HttpExchange exchange, ReadOnlyMemory<byte> body)
    {
        if (TryRead<Login>(body) is { User.Length: > 0 and <= 100 } login)
        {
            exchange.RespondText(200, tokens.Issue(login.User));
        }
        else
        {
            exchange.RespondText(400, "a user, please");
        }

        return Task.CompletedTask;
    }

    /// <summary>{"user": …, "text": …}: 202, and the courier takes it from here. Keep this path inside your network.</summary>
    public async Task NotifyAsync(HttpExchange exchange, ReadOnlyMemory<byte> body)
    {
        if (TryRead<Order>(body) is not { User.Length: > 0, Text.Length: > 0 } order)
        {
            exchange.RespondText(400, "a user and a text, please");
            return;
        }

        await inbox.AddAsync(order.User, order.Text);
        exchange.Respond(202, null, default);
    }

    private static T? TryRead<T>(ReadOnlyMemory<byte> body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body.Span, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Login(string? User);

    private sealed record Order(string? User, string? Text);
}
