using System.Diagnostics.CodeAnalysis;
using System.Runtime.Loader;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Json;
using Sockeye.Abstractions.Sockets;

namespace Sockeye;

/// <summary>Arguments as JSON, by System.Text.Json, with binary at any depth as attachments.</summary>
/// <remarks>
/// <para><b>Binary.</b> <c>byte[]</c>, <c>Memory&lt;byte&gt;</c>, <c>ReadOnlyMemory&lt;byte&gt;</c> and <c>ArraySegment&lt;byte&gt;</c> travel as attachments wherever they stand;
/// what a handler reads is a copy of its own.</para>
/// <para><b>object.</b> Written by its type at run time; read as null, bool, long, double, string, byte[], object?[] or Dictionary&lt;string, object?&gt;.
/// <see cref="JsonElement"/> and <see cref="JsonNode"/> are read as they came, with placeholders where attachments stood.</para>
/// <para><b>Options.</b> Converters, number handling, the encoder and the policy for keys of dictionaries hold for arguments, arrays, dictionaries and answers exactly as inside objects.
/// The defaults are those of the web (<see cref="JsonSerializerDefaults.Web"/>), except that a number is a number: text in quotes is none.</para>
/// <para><b>Numbers.</b> NaN and infinities cannot be written, and a number beyond the range of its type, such as <c>1e400</c> for a <c>double</c>, is not of that type, unless
/// <see cref="JsonNumberHandling.AllowNamedFloatingPointLiterals"/> lets them travel by name.</para>
/// <para><b>null.</b> As an argument it is no value of a parameter that is not nullable, and neither is an argument that is missing.</para>
/// <para><b>Time.</b> <see cref="DateTime"/> and <see cref="DateTimeOffset"/> are text in UTC with milliseconds, <c>2026-11-24T10:00:00.000Z</c>, as in JavaScript.</para>
/// <para><b>Reflection.</b> None but that of System.Text.Json's default resolver, which serves what the resolvers of the options do not know. Where the application has
/// switched it off, as trimming and Native AOT do, primitives, texts, times, bytes, <c>object</c>, the nullable ones, their arrays, lists and dictionaries by text go on working, and a type
/// of the application needs a <see cref="JsonSerializerContext"/> among the resolvers; without one it fails when its handler is registered or its first event is emitted.</para>
/// </remarks>
public sealed class JsonPayloadCodec : PayloadCodec
{
    private readonly JsonSerializerOptions _plain;
    private readonly JsonSerializerOptions _full;
    private readonly JsonRules _rules;
    private readonly bool _hasConverters;
    private readonly IJsonTypeInfoResolver _otherwise;
    private readonly PluginTypes _plugins;

    /// <summary>A codec with these options, which are copied.</summary>
    /// <param name="options">Null: <see cref="Defaults"/>. The encoder is the relaxed one unless set: texts are not meant for HTML.</param>
    public JsonPayloadCodec(JsonSerializerOptions? options = null)
        : this(options, Otherwise())
    {
    }

    /// <summary>A codec with this resolver for what those of the options do not know.</summary>
    internal JsonPayloadCodec(JsonSerializerOptions? options, IJsonTypeInfoResolver otherwise)
        : this(options ?? Defaults(), otherwise, new PluginTypes(), null)
    {
    }

    /// <summary>A codec, or the same with options of its own: those of the serialiser keep what they know of a type for ever.</summary>
    private JsonPayloadCodec(JsonSerializerOptions options, IJsonTypeInfoResolver otherwise, PluginTypes plugins, JsonPayloadCodec? root, Type? type = null)
    {
        _otherwise = otherwise;
        _plugins = plugins;
        _hasConverters = options.Converters.Count > 0;
        _plain = Copy(options, type);
        _full = Copy(options, type);
        var exact = Copy(options, type);
        _rules = new JsonRules(options, _full, exact, other => (root ?? this).Apart(other)._rules, root?._rules, plugins.Tell);
        _full.Converters.Add(new ObjectConverter(_rules));
        _full.Converters.Add(new BinaryConverter<byte[]>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<ReadOnlyMemory<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<Memory<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new BinaryConverter<ArraySegment<byte>>(static bytes => bytes, static bytes => bytes));
        _full.Converters.Add(new DateTimeConverter());
        _full.Converters.Add(new DateTimeOffsetConverter());
        foreach (var converter in _full.Converters.Skip(options.Converters.Count))
        {
            exact.Converters.Add(converter);
        }

        var refusesNames = JsonRules.ReadsNamesByMistake(options.NumberHandling);
        exact.Converters.Add(new FiniteConverter<double>(refusesNames));
        exact.Converters.Add(new FiniteConverter<float>(refusesNames));
        exact.Converters.Add(new FiniteConverter<Half>(refusesNames));
        _plain.MakeReadOnly();
        _full.MakeReadOnly();
        exact.MakeReadOnly();
    }

    /// <summary>New options with the defaults: <see cref="JsonSerializerDefaults.Web"/>, but numbers in quotes are no numbers.</summary>
    public static JsonSerializerOptions Defaults() => new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.Strict };

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
    protected override ValueCodec<T> Create<T>() => typeof(T).IsCollectible ? Apart(typeof(T)).CreateHere<T>() : CreateHere<T>();

    internal override Action<Type>? Reflected
    {
        get => _plugins.Reflected;
        set => _plugins.Reflected = value;
    }

    internal override IDisposable AddTypes(IJsonTypeInfoResolver resolver, AssemblyLoadContext? context) => _plugins.Add(resolver, context);

    /// <summary>The same with options of its own, for a type that can be unloaded: it lives as long as what is kept beside that type.</summary>
    private JsonPayloadCodec Apart(Type type) => new(_plain, _otherwise, _plugins, this, type);

    private ValueCodec<T> CreateHere<T>()
    {
        var type = typeof(T);
        if (!_rules.IsConverted(type))
        {
            if (JsonCodecs.Find<T>(_rules) is { } builtIn)
            {
                return _rules.IsLenient(type) ? new LenientCodec<T>(builtIn, Serializer<T>(JsonTraits.Floating), _rules.MustSerialize(type))
                    : _rules.MustSerialize(type) ? Serializer<T>(JsonTraits.None)
                    : builtIn;
            }

            JsonTypes.Refuse(type, _rules);
        }

        return Serializer<T>(JsonTypes.Examine(type, _plain, _rules));
    }

    private SerializerCodec<T> Serializer<T>(JsonTraits traits)
    {
        var options = _hasConverters || (traits & JsonTraits.Converted) != 0 ? _full : _plain;
        var exact = (traits & JsonTraits.Floating) != 0 ? JsonTypes.Info(typeof(T), _rules.Exact) : null;
        var info = (JsonTypeInfo<T>)JsonTypes.Info(typeof(T), options);
        _plugins.Tell(info);
        return new SerializerCodec<T>(info, (JsonTypeInfo<T>?)exact, (traits & JsonTraits.Half) != 0 ? JsonNumbers.DigitsOfHalf : JsonNumbers.DigitsOfFloat, _rules);
    }

    // A chain of its own for each: the serialiser shares what it knows between options that are equal.
    private JsonSerializerOptions Copy(JsonSerializerOptions options, Type? type)
    {
        var copy = new JsonSerializerOptions(options);
        copy.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        copy.TypeInfoResolver = type is not null
            ? JsonTypeInfoResolver.Combine(_plugins.For(type), options.TypeInfoResolver)
            : JsonTypeInfoResolver.Combine(options.TypeInfoResolver, _plugins, _otherwise);
        return copy;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where the application has left System.Text.Json's reflection enabled.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where the application has left System.Text.Json's reflection enabled.")]
    private static IJsonTypeInfoResolver Otherwise() => JsonSerializer.IsReflectionEnabledByDefault ? new DefaultJsonTypeInfoResolver() : CommonJsonTypes.Default;
}
