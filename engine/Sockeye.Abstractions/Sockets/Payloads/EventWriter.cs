using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Sockeye.Abstractions;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>The bytes of one event or acknowledgement while it is written: the JSON array, and the attachments that it refers to.</summary>
/// <remarks>
/// <para><b>Lifetime.</b> One per thread, reused; the engine rents it, and a <see cref="ValueCodec{T}"/> sees it during its call only.</para>
/// <para><b>Memory.</b> Grows with the largest event and is given back above 64 KiB. Attachments are referred to, not copied, until the call that emits returns.</para>
/// </remarks>
[SuppressMessage("Reliability", "CA1001", Justification = "Disposing the JSON writer would only flush it; it holds nothing.")]
public sealed class EventWriter : IBufferWriter<byte>
{
    private const int InitialBytes = 512;
    private const int KeptBytes = 64 << 10;
    private const int MaxDepth = 1024;

    [ThreadStatic]
    private static EventWriter? _cached;

    private readonly List<ReadOnlyMemory<byte>> _attachments = [];
    private byte[] _buffer = new byte[InitialBytes];
    private int _length;
    private int _argumentsStart;
    private int _arguments;
    private string _what = "";
    private Utf8JsonWriter? _json;

    private EventWriter()
    {
    }

    /// <summary>Bytes written so far.</summary>
    internal int Length => _length;

    /// <summary>The name, if this is an event.</summary>
    internal EventName Name { get; private set; }

    /// <summary>The whole array, <c>["name",1,"x"]</c> or for an acknowledgement <c>[1,"x"]</c>.</summary>
    internal ReadOnlySpan<byte> Payload => _buffer.AsSpan(0, _length);

    /// <summary>The elements after the name, without brackets: <c>1,"x"</c>.</summary>
    internal ReadOnlySpan<byte> Arguments =>
        _length - 1 > _argumentsStart ? _buffer.AsSpan(_argumentsStart, _length - 1 - _argumentsStart) : default;

    /// <summary>What the placeholders refer to, in their order.</summary>
    internal ReadOnlySpan<ReadOnlyMemory<byte>> Attachments => CollectionsMarshal.AsSpan(_attachments);

    /// <inheritdoc />
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _length), nameof(count));
        _length += count;
    }

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_length);
    }

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    /// <summary>Writes bytes as they are.</summary>
    /// <param name="bytes">A piece of a JSON value.</param>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Keeps bytes as an attachment, which travels beside the JSON, and writes the placeholder for it.</summary>
    /// <param name="bytes">The bytes; they must not change before the call that emits returns.</param>
    public void WriteAttachment(ReadOnlyMemory<byte> bytes)
    {
        var span = GetSpan(Placeholder.MaxBytes);
        _length += Placeholder.Write(span, AddAttachment(bytes));
    }

    /// <summary>An empty writer of this thread, or a new one while that is in use further up the stack.</summary>
    internal static EventWriter Rent()
    {
        var writer = _cached ?? new EventWriter();
        _cached = null;
        writer._length = 0;
        writer._arguments = 0;
        writer._attachments.Clear();
        return writer;
    }

    /// <summary>Gives the writer back; what cannot be written has done so.</summary>
    internal void Return()
    {
        _attachments.Clear();
        Name = default;
        if (_buffer.Length > KeptBytes)
        {
            _buffer = new byte[InitialBytes];
        }

        _cached = this;
    }

    /// <summary>Keeps bytes as an attachment and returns its number, for a placeholder written by the caller.</summary>
    internal int AddAttachment(ReadOnlyMemory<byte> bytes)
    {
        _attachments.Add(bytes);
        return _attachments.Count - 1;
    }

    /// <summary>Starts an event: <c>["name"</c>.</summary>
    internal void BeginEvent(EventName name)
    {
        Name = name;
        _what = "";
        WriteByte((byte)'[');
        if (name.Text is { } text)
        {
            JsonText.Write(this, text);
        }
        else
        {
            JsonNumbers.Write(this, name.Number);
        }

        _argumentsStart = _length + 1;
    }

    /// <summary>As <see cref="BeginEvent(EventName)"/>, for a name whose bytes are known: they are copied unless something in them must be escaped.</summary>
    internal void BeginEvent(EventName name, ReadOnlySpan<byte> nameUtf8)
    {
        if (name.IsNumber || JsonText.MustBeEscaped(nameUtf8))
        {
            BeginEvent(name);
            return;
        }

        Name = name;
        _what = "";
        Reserve(nameUtf8.Length + 3);
        var span = _buffer.AsSpan(_length);
        span[0] = (byte)'[';
        span[1] = (byte)'"';
        nameUtf8.CopyTo(span[2..]);
        span[nameUtf8.Length + 2] = (byte)'"';
        _length += nameUtf8.Length + 3;
        _argumentsStart = _length + 1;
    }

    /// <summary>Starts an acknowledgement: <c>[</c>.</summary>
    /// <param name="what">What it is, for errors.</param>
    internal void BeginAck(string what = "an acknowledgement")
    {
        _what = what;
        WriteByte((byte)'[');
        _argumentsStart = _length;
    }

    /// <summary>Writes the next argument of what is going to be sent.</summary>
    /// <exception cref="ArgumentException">The value cannot be written, or has too many attachments. The writer has been given back.</exception>
    /// <exception cref="NotSupportedException">The type cannot be an argument. The writer has been given back.</exception>
    internal void Argument<T>(PayloadCodec codec, T value)
    {
        Value(codec, value);
        CheckAttachments(codec);
    }

    /// <summary>As <see cref="Argument{T}"/>, with any number of attachments.</summary>
    internal void Value<T>(PayloadCodec codec, T value)
    {
        Separate();
        try
        {
            codec.Get<T>().Write(this, value);
        }
        catch (Exception fault)
        {
            throw Failed(value?.GetType() ?? typeof(T), fault);
        }

        _arguments++;
    }

    /// <summary>Writes arguments and attachments that are already encoded.</summary>
    /// <exception cref="ArgumentException">There are too many attachments. The writer has been given back.</exception>
    internal void RawArguments(PayloadCodec codec, ReadOnlySpan<byte> arguments, ReadOnlySpan<ReadOnlyMemory<byte>> attachments)
    {
        if (!arguments.IsEmpty)
        {
            Separate();
            Write(arguments);
        }

        if (!attachments.IsEmpty)
        {
            _attachments.AddRange(attachments);
            CheckAttachments(codec);
        }
    }

    /// <summary>Makes sure that what was written is one array: arguments of somebody else may be anything, also the end of this array and the beginning of another.</summary>
    /// <exception cref="ArgumentException">It is not. The writer has been given back.</exception>
    internal void CheckArray()
    {
        string fault;
        try
        {
            var reader = new Utf8JsonReader(Payload, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read())
            {
            }

            // The reader passes over texts without looking at their bytes, and clients close a connection on which such a text comes.
            if (Utf8.IsValid(Payload))
            {
                return;
            }

            fault = "a text is no valid UTF-8";
        }
        catch (JsonException failure)
        {
            fault = LogText.Clean(failure.Message);
        }

        var text = $"The arguments of {Described} are no JSON: {fault}";
        Return();
        throw new ArgumentException(text);
    }

    /// <summary>Makes sure that an answer of a type can be read before it is asked for.</summary>
    /// <exception cref="NotSupportedException">It cannot. The writer has been given back.</exception>
    internal void PrepareAnswer<T>(PayloadCodec codec)
    {
        try
        {
            codec.Prepare<T>();
        }
        catch
        {
            Return();
            throw;
        }
    }

    /// <summary>Another event takes the place of the one that is written and ended.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its arguments, without brackets; null: they stay.</param>
    /// <param name="attachments">What its placeholders refer to; null: those stay.</param>
    internal void Replace(EventName name, ReadOnlyMemory<byte>? arguments, ReadOnlyMemory<byte>[]? attachments)
    {
        var written = arguments is { } other ? other : Arguments.ToArray().AsMemory();
        _length = 0;
        BeginEvent(name);
        if (!written.IsEmpty)
        {
            Separate();
            Write(written.Span);
        }

        End();
        if (attachments is not null)
        {
            _attachments.Clear();
            _attachments.AddRange(attachments);
        }
    }

    /// <summary>Ends the array.</summary>
    internal void End() => WriteByte((byte)']');

    /// <summary>A writer of System.Text.Json that writes one value here, to be flushed by the caller.</summary>
    internal Utf8JsonWriter BeginJson(JavaScriptEncoder encoder)
    {
        if (_json is null || _json.Options.Encoder != encoder)
        {
            // What is written comes from the serialiser or from parsed documents: valid by construction.
            _json = new Utf8JsonWriter(this, new JsonWriterOptions { Encoder = encoder, SkipValidation = true });
        }
        else
        {
            _json.Reset(this);
        }

        return _json;
    }

    internal void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    private void CheckAttachments(PayloadCodec codec)
    {
        if (_attachments.Count > codec.MaxAttachments)
        {
            var text = $"{Described} has more than {codec.MaxAttachments} attachments, for which JavaScript clients would close the connection (Limits:SentAttachments).";
            Return();
            throw new ArgumentException(text);
        }
    }

    /// <summary>What it is, for errors.</summary>
    private string Described => _what.Length > 0 ? _what : $"\"{LogText.Escape(Name.ToString())}\"";

    /// <summary>The value failed, not the writer: it is free for the next event.</summary>
    private Exception Failed(Type type, Exception fault)
    {
        var text = $"The {ArgumentText.Ordinal(_arguments)} argument of {Described}, a {type}, cannot be written: {LogText.Clean(fault.Message)}";
        var isUnsupported = fault is NotSupportedException;
        Return();
        fault = CleanException.Of(fault)!;
        return isUnsupported ? new NotSupportedException(text, fault) : new ArgumentException(text, fault);
    }

    private void Separate()
    {
        if (_buffer[_length - 1] != (byte)'[')
        {
            WriteByte((byte)',');
        }
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(checked(_length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        }
    }
}
