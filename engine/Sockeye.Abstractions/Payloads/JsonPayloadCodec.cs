using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye;

/// <summary>Arguments as JSON, by System.Text.Json, with binary at any depth as attachments.</summary>
/// <remarks>
/// <para><b>Binary.</b> <c>byte[]</c>, <c>Memory&lt;byte&gt;</c>, <c>ReadOnlyMemory&lt;byte&gt;</c> and <c>ArraySegment&lt;byte&gt;</c> travel as attachments wherever they stand;
/// what a handler reads is a copy of its own.</para>
/// <para><b>object.</b> Written by its type at run time; read as null, bool, long, double, string, byte[], object?[] or Dictionary&lt;string, object?&gt;.
/// <see cref="JsonElement"/> and <see cref="JsonNode"/> are read as they came, with placeholders where attachments stood.</para>
/// <para><b>Numbers.</b> NaN and infinities become null as arguments and in untyped values, as in JSON.stringify; System.Text.Json refuses them inside typed objects.</para>
/// <para><b>Time.</b> <see cref="DateTime"/> and <see cref="DateTimeOffset"/> are text in UTC with milliseconds, <c>2026-11-24T10:00:00.000Z</c>, as in JavaScript.</para>
/// <para><b>Reflection.</b> None but that of System.Text.Json's default resolver, which serves what the resolvers of the options do not know. Where the application has
/// switched it off, as trimming and Native AOT do, primitives, texts, times, bytes, their arrays, <c>object</c> and dictionaries of these go on working, and a type of the application
/// needs a <see cref="JsonSerializerContext"/> among the resolvers; without one it fails when its handler is registered or its first event is emitted.</para>
/// </remarks>
public sealed class JsonPayloadCodec : PayloadCodec
{
    private readonly JsonSerializerOptions _plain;
    private readonly JsonSerializerOptions _full;
    private readonly bool _hasConverters;

    /// <summary>A codec with these options, which are copied.</summary>
    /// <param name="options">Null: <see cref="JsonSerializerDefaults.Web"/>. The encoder is the relaxed one unless set: texts are not meant for HTML.</param>
    public JsonPayloadCodec(JsonSerializerOptions? options = null)
        : this(options, Otherwise())
    {
    }

    /// <summary>A codec with this resolver for what those of the options do not know.</summary>
    internal JsonPayloadCodec(JsonSerializerOptions? options, IJsonTypeInfoResolver otherwise)
    {
        options ??= new JsonSerializerOptions(JsonSerializerDefaults.Web);
        _hasConverters = options.Converters.Count > 0;
        _plain = Copy(options, otherwise);
        _full = Copy(options, otherwise);
        _full.Converters.Add(new ObjectConverter());
        _full.Converters.Add(new BinaryConverter<byte[]>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<ReadOnlyMemory<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<Memory<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<ArraySegment<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new DateTimeConverter());
        _full.Converters.Add(new DateTimeOffsetConverter());
        _plain.MakeReadOnly();
        _full.MakeReadOnly();
    }

    /// <summary>Serves a type by a codec of its own, for types that are sent so often that the general serialiser shows.</summary>
    /// <typeparam name="T">The type, as an argument; inside other types the serialiser goes on serving it.</typeparam>
    /// <param name="codec">Its codec.</param>
    /// <returns>This codec.</returns>
    public JsonPayloadCodec Add<T>(ValueCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        Set(codec);
        return this;
    }

    /// <inheritdoc />
    protected override ValueCodec<T> Create<T>()
    {
        if (JsonCodecs.BuiltIn.TryGetValue(typeof(T), out var builtIn))
        {
            return (ValueCodec<T>)builtIn;
        }

        if (typeof(T) == typeof(object))
        {
            return (ValueCodec<T>)(object)new ObjectCodec(_full);
        }

        Refuse(typeof(T));
        var options = _hasConverters || JsonTypes.NeedConverters(typeof(T), _plain) ? _full : _plain;
        return new SerializerCodec<T>((JsonTypeInfo<T>)JsonTypes.Info(typeof(T), options));
    }

    /// <summary>What compiles as an argument and is a mistake.</summary>
    internal static void Refuse(Type type)
    {
        var instead = 0 switch
        {
            _ when type == typeof(CancellationToken) => "Tokens are passed to the Async methods by name: cancellationToken: token.",
            _ when typeof(Delegate).IsAssignableFrom(type) => "Acknowledgements are awaited with EmitWithAckAsync.",
            _ when typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask)
                || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)) => "Await the task and send its result.",
            _ when typeof(IEventTarget).IsAssignableFrom(type) || type == typeof(EventContext) => "Send the id of the socket.",
            _ => null,
        };
        if (instead is not null)
        {
            throw new NotSupportedException($"{type} cannot be an argument of an event. {instead}");
        }
    }

    private static JsonSerializerOptions Copy(JsonSerializerOptions options, IJsonTypeInfoResolver otherwise)
    {
        var copy = new JsonSerializerOptions(options);
        copy.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        copy.TypeInfoResolver = JsonTypeInfoResolver.Combine(options.TypeInfoResolver, otherwise);
        return copy;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where the application has left System.Text.Json's reflection enabled.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where the application has left System.Text.Json's reflection enabled.")]
    private static IJsonTypeInfoResolver Otherwise() => JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : CommonJsonTypes.Default;
}
