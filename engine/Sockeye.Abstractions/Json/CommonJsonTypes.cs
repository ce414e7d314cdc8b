using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Values;

namespace Sockeye.Abstractions.Json;

/// <summary>Metadata of what events carry most: it stands in for reflection where the application has switched that off. Immutable; any thread.</summary>
/// <remarks>Primitives, texts, times and bytes; the nullable ones; their arrays, lists and dictionaries by text. Written by hand in place of a generated context, which would name
/// each of some 150 types and bring code for each.</remarks>
internal sealed class CommonJsonTypes : IJsonTypeInfoResolver
{
    private readonly Dictionary<Type, Func<JsonSerializerOptions, JsonTypeInfo>> _makers = [];

    private CommonJsonTypes()
    {
        Struct(JsonMetadataServices.BooleanConverter);
        Struct(JsonMetadataServices.ByteConverter);
        Struct(JsonMetadataServices.SByteConverter);
        Struct(JsonMetadataServices.Int16Converter);
        Struct(JsonMetadataServices.UInt16Converter);
        Struct(JsonMetadataServices.Int32Converter);
        Struct(JsonMetadataServices.UInt32Converter);
        Struct(JsonMetadataServices.Int64Converter);
        Struct(JsonMetadataServices.UInt64Converter);
        Struct(JsonMetadataServices.SingleConverter);
        Struct(JsonMetadataServices.DoubleConverter);
        Struct(JsonMetadataServices.HalfConverter);
        Struct(JsonMetadataServices.DecimalConverter);
        Struct(JsonMetadataServices.CharConverter);
        Struct(JsonMetadataServices.GuidConverter);
        Struct(JsonMetadataServices.DateTimeConverter);
        Struct(JsonMetadataServices.DateTimeOffsetConverter);
        Struct(JsonMetadataServices.DateOnlyConverter);
        Struct(JsonMetadataServices.TimeOnlyConverter);
        Struct(JsonMetadataServices.TimeSpanConverter);
        Struct(JsonMetadataServices.JsonElementConverter);
        Class<string>(JsonMetadataServices.StringConverter);
        Class<object>(JsonMetadataServices.ObjectConverter);
        // Behind the bytes, whose array it is.
        Class<byte[]>(JsonMetadataServices.ByteArrayConverter);
        Class<Uri>(JsonMetadataServices.UriConverter);
        Class<JsonNode>(JsonMetadataServices.JsonNodeConverter);
        Class<JsonObject>(JsonMetadataServices.JsonObjectConverter);
        Class<JsonArray>(JsonMetadataServices.JsonArrayConverter);
        Class<JsonValue>(JsonMetadataServices.JsonValueConverter);
        Value(JsonMetadataServices.MemoryByteConverter);
        Value(JsonMetadataServices.ReadOnlyMemoryByteConverter);
        Value(new EventRefusalConverter());
        Add(static options => JsonMetadataServices.CreateIEnumerableInfo<ArraySegment<byte>, byte>(options, new JsonCollectionInfoValues<ArraySegment<byte>>()));
    }

    public static CommonJsonTypes Default { get; } = new();

    /// <inheritdoc />
    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) => _makers.TryGetValue(type, out var make) ? make(options) : null;

    /// <summary>The converter of the options for a type, as generated contexts look for it.</summary>
    private static JsonConverter? Chosen(Type type, JsonSerializerOptions options)
    {
        foreach (var converter in options.Converters)
        {
            if (converter.CanConvert(type))
            {
                return converter is JsonConverterFactory factory ? factory.CreateConverter(type, options) : converter;
            }
        }

        return null;
    }

    private void Struct<T>(JsonConverter<T> converter)
        where T : struct
    {
        Value(converter);
        Collections<T>();
        Add(static options => JsonMetadataServices.CreateValueInfo<T?>(options, JsonMetadataServices.GetNullableConverter<T>(options)));
        Collections<T?>();
    }

    /// <summary>Code for classes is shared, so these come in all the forms in which parameters are written.</summary>
    private void Class<T>(JsonConverter<T?> converter)
        where T : class
    {
        Add(options => JsonMetadataServices.CreateValueInfo<T>(options, converter));
        Collections<T>();
        Add(static options => JsonMetadataServices.CreateIEnumerableInfo<IEnumerable<T>, T>(options, new JsonCollectionInfoValues<IEnumerable<T>>()));
        Add(static options => JsonMetadataServices.CreateIEnumerableInfo<IReadOnlyList<T>, T>(options, new JsonCollectionInfoValues<IReadOnlyList<T>>()));
        Add(static options => JsonMetadataServices.CreateIReadOnlyDictionaryInfo<IReadOnlyDictionary<string, T>, string, T>(
            options, new JsonCollectionInfoValues<IReadOnlyDictionary<string, T>>()));
    }

    private void Collections<T>()
    {
        Add(static options => JsonMetadataServices.CreateArrayInfo<T>(options, new JsonCollectionInfoValues<T[]>()));
        Add(static options => JsonMetadataServices.CreateListInfo<List<T>, T>(options, new JsonCollectionInfoValues<List<T>> { ObjectCreator = static () => [] }));
        Add(static options => JsonMetadataServices.CreateDictionaryInfo<Dictionary<string, T>, string, T>(
            options, new JsonCollectionInfoValues<Dictionary<string, T>> { ObjectCreator = static () => [] }));
    }

    private void Value<T>(JsonConverter<T> converter) => Add(options => JsonMetadataServices.CreateValueInfo<T>(options, converter));

    private void Add<T>(Func<JsonSerializerOptions, JsonTypeInfo<T>> make) => _makers[typeof(T)] = options =>
        Chosen(typeof(T), options) is { } chosen ? JsonMetadataServices.CreateValueInfo<T>(options, chosen) : make(options);
}
