using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Sockeye.Abstractions;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>One received event as bytes, valid during the call that it is handed to; the compiler holds it there.</summary>
/// <remarks>The arguments are parsed only when they are read. A copy of the reader has a position of its own.</remarks>
public ref struct EventReader
{
    private readonly EventContext _context;
    private readonly PayloadCodec _codec;
    private int _position;
    private int _index;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Made in place where it is inlined and its context comes by value; otherwise it is copied as if it went onto the heap.
    internal EventReader(
        EventContext context,
        ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> arguments,
        ReadOnlySpan<ReadOnlyMemory<byte>> attachments,
        PayloadCodec codec)
    {
        _context = context;
        NameUtf8 = name;
        ArgumentsUtf8 = arguments;
        Attachments = attachments;
        _codec = codec;
        _position = JsonSpan.WhiteSpace(arguments);
    }

    /// <summary>The part of the event that may be kept.</summary>
    public readonly EventContext Context => _context;

    /// <summary>The socket that sent the event; for outgoing events the one that receives it.</summary>
    public readonly SockeyeSocket Socket => _context.Socket;

    /// <summary>The name, unescaped; the digits if it is a number.</summary>
    public ReadOnlySpan<byte> NameUtf8 { get; }

    /// <summary>All arguments as they came, without the brackets around them: <c>1,"x"</c>.</summary>
    public ReadOnlySpan<byte> ArgumentsUtf8 { get; }

    /// <summary>The arguments that were not read yet, for codecs: empty, or starting with a value.</summary>
    public readonly ReadOnlySpan<byte> Remaining => ArgumentsUtf8[_position..];

    /// <summary>Whether all arguments were read.</summary>
    public readonly bool IsAtEnd => _position == ArgumentsUtf8.Length;

    /// <summary>Number of attachments.</summary>
    public readonly int AttachmentCount => Attachments.Length;

    /// <summary>The context where it stands: a copy that is made just after it was written waits for that.</summary>
    [UnscopedRef]
    internal readonly ref readonly EventContext ContextInPlace => ref _context;

    internal ReadOnlySpan<ReadOnlyMemory<byte>> Attachments { get; }

    /// <summary>Why the last argument could not be read, if the serialiser said so.</summary>
    internal Exception? Fault { get; set; }

    /// <summary>Whether the event has this name.</summary>
    /// <param name="nameUtf8">The name in UTF-8.</param>
    public readonly bool Is(ReadOnlySpan<byte> nameUtf8) => !Context.Name.IsNumber && NameUtf8.SequenceEqual(nameUtf8);

    /// <summary>The bytes of an attachment, valid during the call.</summary>
    /// <param name="index">Its number in the placeholders.</param>
    public readonly ReadOnlyMemory<byte> Attachment(int index) => Attachments[index];

    /// <summary>Moves over bytes that a codec has read.</summary>
    /// <param name="count">Number of bytes, at most what remains.</param>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(ArgumentsUtf8.Length - _position), nameof(count));
        _position += count;
    }

    /// <summary>Reads the next argument.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>The argument; null for a reference type or a nullable one if there is none left.</returns>
    /// <exception cref="EventFormatException">It is of another type, or missing.</exception>
    public T? Read<T>() => TryRead<T>(out var value) ? value : throw FormatError(typeof(T));

    /// <summary>Reads the next argument.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The argument; null for a reference type or a nullable one if there is none left.</param>
    /// <returns>False if it is of another type, or missing; the reader then stands where it stood.</returns>
    public bool TryRead<T>(out T? value)
    {
        if (IsAtEnd)
        {
            // Nullability of references is not known here: a client that leaves a text out gives null, whatever the annotation says.
            value = default;
            return default(T) is null;
        }

        return TryReadNext(takesNull: true, out value);
    }

    private bool TryReadNext<T>(bool takesNull, out T? value)
    {
        var start = _position;
        if (!_codec.Get<T>().TryRead(ref this, out value) || (value is null && !takesNull))
        {
            _position = start;
            return false;
        }

        _position += JsonSpan.Separator(Remaining);
        _index++;
        return true;
    }

    /// <summary>Answers with the arguments and attachments as they came, without parsing.</summary>
    /// <returns>False if the event was already answered, wants no answer, or the socket is gone.</returns>
    public readonly bool AckRaw() => Context.AckRaw(ArgumentsUtf8, Attachments);

    /// <summary>A copy that may be kept.</summary>
    public readonly EventMessage Detach() => new(this, _codec);

    /// <summary>The first argument of an acknowledgement, or the whole of it.</summary>
    internal bool TryReadArgument<T>(out T? value) => TryTakeFromContext(out value) || TryRead(out value);

    /// <summary>The next parameter of a handler: what belongs to the context is taken from there, everything else is the next argument.</summary>
    internal bool TryReadArgument<T>(in Parameter<T> parameter, out T? value)
    {
        if (TryTakeFromContext(out value))
        {
            return true;
        }

        if (IsAtEnd)
        {
            value = parameter.Default;
            return parameter.IsOptional;
        }

        return TryReadNext(parameter.TakesNull, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool TryTakeFromContext<T>(out T? value)
    {
        // The comparisons are decided when the code is compiled for T. Exact types: anything else is read as an argument.
        if (typeof(T) == typeof(SockeyeSocket))
        {
            value = (T)(object)Context.Socket;
            return true;
        }

        if (typeof(T) == typeof(EventContext))
        {
            var context = Context;
            value = Unsafe.As<EventContext, T>(ref context);
            return true;
        }

        if (typeof(T) == typeof(CancellationToken))
        {
            var token = Context.Aborted;
            value = Unsafe.As<CancellationToken, T>(ref token);
            return true;
        }

        if (typeof(T) == typeof(EventMessage))
        {
            value = (T)(object)Detach();
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>What an invoker returns when it could not read a parameter.</summary>
    internal readonly Task Refused<T>(in Parameter<T> parameter) => Task.FromException(FormatError(typeof(T), parameter.Name, parameter.Method));

    private readonly EventFormatException FormatError(Type type, string? parameter = null, MethodInfo? handler = null) =>
        new(ArgumentText.Refused(this, type, _index, parameter), handler, CleanException.Of(Fault));
}
