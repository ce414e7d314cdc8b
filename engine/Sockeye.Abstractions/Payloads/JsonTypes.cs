using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sockeye;

/// <summary>Which types the serialiser may serve without our converters: any converter in its options costs its fast path, also for types that do not use it.</summary>
internal static class JsonTypes
{
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

        var info = plain.GetTypeInfo(type);
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
