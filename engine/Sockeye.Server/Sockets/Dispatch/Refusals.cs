namespace Sockeye.Server.Sockets;

/// <summary>What clients are told of events that fail: the same words for all of them, and the exception's own in development alone.</summary>
internal static class Refusals
{
    public static readonly EventRefusal UnknownEvent = new("There is no handler for this event.", RefusalCode.UnknownEvent);

    private static readonly EventRefusal s_badArguments = new("The arguments are not those that the handler of this event reads.", RefusalCode.BadArguments);

    private static readonly EventRefusal s_handlerFailed = new("The handler of this event has failed.", RefusalCode.HandlerFailed);

    public static EventRefusal Of(Exception failure, bool isDevelopment)
    {
        var first = FirstOf(failure);
        if (first is EventRefusedException refused)
        {
            return refused.Refusal;
        }

        var plain = first is EventFormatException ? s_badArguments : s_handlerFailed;
        return isDevelopment ? new EventRefusal(TextOf(failure), plain.Code) : plain;
    }

    /// <summary>Of several failures the first, which is that of the handler: its object may have failed too, when it was disposed.</summary>
    public static Exception FirstOf(Exception failure) => failure is AggregateException { InnerExceptions: [var first, ..] } ? first : failure;

    private static string TextOf(Exception failure)
    {
        var type = failure.GetType().Name;
        try
        {
            return $"{type}: {failure.Message}";
        }
#pragma warning disable CA1031 // The message of an exception is code of the application: one that fails has been heard of as a failure already.
        catch (Exception)
#pragma warning restore CA1031
        {
            return type;
        }
    }
}
