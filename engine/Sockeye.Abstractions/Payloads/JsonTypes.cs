using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye;

/// <summary>What the serialiser knows about types.</summary>
internal static class JsonTypes
{
    /// <summary>The metadata of a type.</summary>
    /// <exception cref="NotSupportedException">There is none: reflection is switched off, and no context of the options names the type.</exception>
    public static JsonTypeInfo Info(Type type, JsonSerializerOptions options) => options.TryGetTypeInfo(type, out var info)
        ? info
        : throw new NotSupportedException(
            $"{type} cannot be an argument of an event: this application runs without System.Text.Json's reflection (Native AOT, trimming), and no JsonSerializerContext names the type. "
            + "Write a context with [JsonSerializable(typeof(...))] for it and add it to the server: builder.Json.TypeInfoResolverChain.Add(MyContext.Default).");

    /// <summary>Whether a type needs our converters: any converter in the options of the serialiser costs its fast path, also for types that do not use it.</summary>
    public static bool NeedConverters(Type type, JsonSerializerOptions plain) => NeedConverters(type, plain, []);

    private static bool NeedConverters(Type type, JsonSerializerOptions plain, HashSet<Type> visited)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsConverted(type))
        {
            return true;
        }

        if (!visited.Add(type))
        {
            return false;
        }

        var info = Info(type, plain);
        if (info.PolymorphismOptions is not null)
        {
            return true;
        }

        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary:
                return info.ElementType is null || NeedConverters(info.ElementType, plain, visited)
                    || (info.KeyType is not null && IsConverted(info.KeyType));
            case JsonTypeInfoKind.Object:
                foreach (var property in info.Properties)
                {
                    if (NeedConverters(property.PropertyType, plain, visited))
                    {
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }

    private static bool IsConverted(Type type) =>
        type == typeof(object) || type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) || type == typeof(Memory<byte>)
        || type == typeof(ArraySegment<byte>) || type == typeof(DateTime) || type == typeof(DateTimeOffset);
}
