using System.Text.Json.Serialization;
using Sockeye.Abstractions.Values;

namespace Sockeye;

/// <summary>Why an event was refused, in the one shape in which clients hear of it: <c>{"refused": reason, "code": code}</c>, the first and only argument of its acknowledgement.</summary>
/// <remarks>Sent by <see cref="EventContext.Refuse(string, string)"/>, by an <see cref="EventRefusedException"/>, and for failures where <c>AckErrors</c> is on. It can be an argument or an answer like any
/// other value, and what a client answers can be read as one. Does not change; any thread.</remarks>
[JsonConverter(typeof(EventRefusalConverter))]
public sealed class EventRefusal
{
    /// <summary>Longest reason and longest code that are sent: 1,024 characters (own); what is longer is cut and ends with an ellipsis.</summary>
    public const int MaxLength = 1024;

    /// <summary>A refusal.</summary>
    /// <param name="reason">Why, for people. The client sees it.</param>
    /// <param name="code">Which kind it is, for programs: one of <see cref="RefusalCode"/>, or one of the application's own.</param>
    /// <exception cref="ArgumentException">The code is empty.</exception>
    public EventRefusal(string reason, string code = RefusalCode.Refused)
    {
        ArgumentNullException.ThrowIfNull(reason);
        ArgumentException.ThrowIfNullOrEmpty(code);
        Reason = Cut(reason);
        Code = Cut(code);
    }

    /// <summary>Why, for people.</summary>
    public string Reason { get; }

    /// <summary>Which kind it is, for programs: one of <see cref="RefusalCode"/>, or one of the application's own.</summary>
    public string Code { get; }

    /// <summary>The reason with its code.</summary>
    public override string ToString() => $"{Reason} ({Code})";

    private static string Cut(string text)
    {
        if (text.Length <= MaxLength)
        {
            return text;
        }

        // Both halves of a character beyond the first plane stay together.
        var length = char.IsHighSurrogate(text[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1;
        return string.Concat(text.AsSpan(0, length), "…");
    }
}

/// <summary>The codes of refusals that the server sends itself. They do not change between versions; an application adds its own.</summary>
public static class RefusalCode
{
    /// <summary><c>refused</c>: a handler or a filter refused the event, and gave no code of its own.</summary>
    public const string Refused = "refused";

    /// <summary><c>handler_failed</c>: the handler or a filter threw, was cancelled, or gave an answer that cannot be sent.</summary>
    public const string HandlerFailed = "handler_failed";

    /// <summary><c>bad_arguments</c>: an argument is missing or not of the type that the handler reads.</summary>
    public const string BadArguments = "bad_arguments";

    /// <summary><c>unknown_event</c>: no handler is registered for the event.</summary>
    public const string UnknownEvent = "unknown_event";

    /// <summary>Whoever is behind the socket may not send it.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>Too many, or too much, in too little time.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>A plugin that decides about it does not work at the moment.</summary>
    public const string Unavailable = "unavailable";
}
