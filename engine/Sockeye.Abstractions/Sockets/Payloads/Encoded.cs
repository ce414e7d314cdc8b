namespace Sockeye.Abstractions.Sockets;

/// <summary>Events written into the thread's writer, which whoever gets it returns.</summary>
internal static class Encoded
{
    private static readonly object?[] OneNull = [null];

    /// <summary>One argument: null.</summary>
    public static ReadOnlySpan<object?> Null => OneNull;

    public static EventWriter Event(EventName name)
    {
        var writer = Begin(name);
        writer.End();
        return writer;
    }

    public static EventWriter Event<T1>(PayloadCodec codec, EventName name, T1 a)
    {
        var writer = Begin(name);
        writer.Argument(codec, a);
        writer.End();
        return writer;
    }

    public static EventWriter Event<T1, T2>(PayloadCodec codec, EventName name, T1 a, T2 b)
    {
        var writer = Begin(name);
        writer.Argument(codec, a);
        writer.Argument(codec, b);
        writer.End();
        return writer;
    }

    public static EventWriter Event<T1, T2, T3>(PayloadCodec codec, EventName name, T1 a, T2 b, T3 c)
    {
        var writer = Begin(name);
        writer.Argument(codec, a);
        writer.Argument(codec, b);
        writer.Argument(codec, c);
        writer.End();
        return writer;
    }

    public static EventWriter Args(PayloadCodec codec, EventName name, ReadOnlySpan<object?> args)
    {
        var writer = Begin(name);
        foreach (var argument in args)
        {
            writer.Argument(codec, argument);
        }

        writer.End();
        return writer;
    }

    /// <summary>An event sent on under its own name.</summary>
    public static EventWriter Raw(PayloadCodec codec, in EventReader e)
    {
        var writer = EventWriter.Rent();
        writer.BeginEvent(e.Context.Name, e.NameUtf8);
        writer.RawArguments(codec, e.ArgumentsUtf8, e.Attachments);
        writer.End();
        return writer;
    }

    public static EventWriter Raw(PayloadCodec codec, EventName name, in EventReader arguments)
    {
        var writer = Begin(name);
        writer.RawArguments(codec, arguments.ArgumentsUtf8, arguments.Attachments);
        writer.End();
        return writer;
    }

    /// <summary>An event whose arguments somebody else has written, who is not trusted with it.</summary>
    public static EventWriter Utf8(PayloadCodec codec, EventName name, ReadOnlySpan<byte> arguments, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        var writer = Begin(name);
        writer.RawArguments(codec, arguments, attachments);
        writer.End();
        writer.CheckArray();
        return writer;
    }

    private static EventWriter Begin(EventName name)
    {
        var writer = EventWriter.Rent();
        writer.BeginEvent(name);
        return writer;
    }
}
