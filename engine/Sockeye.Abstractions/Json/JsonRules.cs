using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>What the options of the application say about values that need no serialiser otherwise, so that they are the same at every depth. Immutable; any thread.</summary>
internal sealed class JsonRules
{
    private const JsonNumberHandling Written = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowNamedFloatingPointLiterals;
    private const int DefaultDepth = 64;

    private readonly JsonConverter[] _converters;
    private readonly Action<JsonTypeInfo> _served;
    private readonly ConcurrentDictionary<Type, bool> _written = new();
    private readonly ConcurrentDictionary<Type, bool> _checked = new();

    /// <summary>The rules of these options.</summary>
    /// <param name="application">As the application has set them.</param>
    /// <param name="options">With the converters of the engine, which serve binary, times and untyped values.</param>
    /// <param name="exact">With converters beside those that refuse numbers beyond the range of their type.</param>
    /// <param name="apart">Makes the same rules with options of their own for a type that can be unloaded.</param>
    /// <param name="served">Hears by what a type that can be unloaded is served.</param>
    /// <param name="root">Of which these are the same with options of their own; null: of none.</param>
    public JsonRules(JsonSerializerOptions application, JsonSerializerOptions options, JsonSerializerOptions exact, Func<Type, JsonRules> apart, JsonRules? root, Action<JsonTypeInfo> served)
    {
        _served = served;
        Apart = apart;
        Root = root ?? this;
        _converters = [.. application.Converters];
        Options = options;
        Exact = exact;
        Encoder = options.Encoder!;
        IsRelaxed = Encoder == JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        MaxDepth = application.MaxDepth == 0 ? DefaultDepth : application.MaxDepth;
        WritesPlainly = _converters.Length == 0 && IsRelaxed && (application.NumberHandling & Written) == 0 && application.DictionaryKeyPolicy is null;
    }

    /// <summary>Those of the server's codec; types that can be unloaded have the same with options of their own.</summary>
    public JsonRules Root { get; }

    /// <summary>Makes the same with options of their own for a type that can be unloaded: what those know of a type goes with it.</summary>
    public Func<Type, JsonRules> Apart { get; }

    public JsonSerializerOptions Options { get; }

    public JsonSerializerOptions Exact { get; }

    /// <summary>Whether the serialiser reads names such as <c>"NaN"</c> which the options do not allow.</summary>
    public static bool ReadsNamesByMistake(JsonNumberHandling handling) =>
        (handling & (JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals)) == JsonNumberHandling.AllowReadingFromString;

    public JavaScriptEncoder Encoder { get; }

    public int MaxDepth { get; }

    /// <summary>Whether nothing in the options changes how common values are written.</summary>
    public bool WritesPlainly { get; }

    private bool IsRelaxed { get; }

    /// <summary>Whether a converter of the application serves a type, itself or behind its question mark.</summary>
    public bool IsConverted(Type type)
    {
        var inner = Nullable.GetUnderlyingType(type);
        foreach (var converter in _converters)
        {
            if (converter.CanConvert(type) || (inner is not null && converter.CanConvert(inner)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether numbers of the type may stand in quotes, or are to be written so.</summary>
    public bool IsLenient(Type type) => Options.NumberHandling != JsonNumberHandling.Strict && JsonNumbers.IsNumber(Nullable.GetUnderlyingType(type) ?? type);

    /// <summary>Makes sure that an untyped value can travel, once for each type.</summary>
    /// <exception cref="NotSupportedException">It cannot.</exception>
    public void Check(Type type) => _checked.GetOrAdd(type, static (type, rules) => rules.CheckNow(type), this);

    /// <summary>The metadata by which an untyped value is written, in the serialiser's options or, if its type can be unloaded, beside that type.</summary>
    /// <param name="type">Its type at run time.</param>
    /// <exception cref="NotSupportedException">It cannot travel.</exception>
    public JsonTypeInfo InfoOf(Type type)
    {
        if (!type.IsCollectible)
        {
            Check(type);
            return JsonTypes.Info(type, Options);
        }

        var beside = BesideType.Of(type);
        return (JsonTypeInfo)(beside.FindFor(Root) ?? beside.AddFor(Root, Apart(type).CheckedInfo(type)));
    }

    /// <summary>Whether a number in this JSON may be none that is finite, so that it has to be read with care.</summary>
    /// <param name="json">The value.</param>
    /// <param name="digits">Digits of the smallest number that may be beyond its type.</param>
    public bool MayBeInfinite(ReadOnlySpan<byte> json, int digits) =>
        JsonNumbers.MayOverflow(json, digits) || (ReadsNamesByMistake(Options.NumberHandling) && (json.IndexOf("NaN"u8) >= 0 || json.IndexOf("Infinity"u8) >= 0));

    /// <summary>Whether the serialiser has to write a type that is written without it otherwise.</summary>
    public bool MustSerialize(Type type) => !WritesPlainly
        && (type.IsCollectible ? IsWritten(type) : _written.GetOrAdd(type, static (type, rules) => rules.IsWritten(type), this));

    private bool IsWritten(Type type) => IsConverted(type)
        || (!IsRelaxed && (type == typeof(string) || type == typeof(char)))
        || ((Options.NumberHandling & Written) != 0 && IsLenient(type));

    private bool CheckNow(Type type)
    {
        JsonTypes.Refuse(type, this);
        return JsonTypes.Examine(type, Options, this) != JsonTraits.None;
    }

    private JsonTypeInfo CheckedInfo(Type type)
    {
        CheckNow(type);
        var info = JsonTypes.Info(type, Options);
        _served(info);
        return info;
    }
}
