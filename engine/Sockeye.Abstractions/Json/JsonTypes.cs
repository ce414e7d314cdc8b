using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Json;

/// <summary>What is found in a type, at any depth.</summary>
[Flags]
internal enum JsonTraits : byte
{
    None = 0,

    /// <summary>Untyped values, binary or times: our converters serve them, and any converter in the options of the serialiser costs its fast path, also for types that do not use it.</summary>
    Converted = 1,

    /// <summary>Floating-point numbers.</summary>
    Floating = 2,

    /// <summary>Those of <see cref="System.Half"/> among them.</summary>
    Half = 4,
}

/// <summary>What the serialiser knows about types, and which cannot travel.</summary>
internal static class JsonTypes
{
    /// <summary>The metadata of a type.</summary>
    /// <exception cref="NotSupportedException">There is none: reflection is switched off, and no context of the options names the type; or the serialiser cannot work with it.</exception>
    public static JsonTypeInfo Info(Type type, JsonSerializerOptions options)
    {
        try
        {
            if (options.TryGetTypeInfo(type, out var info))
            {
                return info;
            }
        }
        catch (InvalidOperationException fault)
        {
            // Two properties of one name, and the like.
            throw new NotSupportedException($"{type} cannot be an argument of an event: {fault.Message}", fault);
        }

        throw new NotSupportedException(
            $"{type} cannot be an argument of an event: this application runs without System.Text.Json's reflection (Native AOT, trimming, a file-based app without PublishAot=false), and no JsonSerializerContext names the type. "
            + "Write a context with [JsonSerializable(typeof(...))] for it and add it to the server: builder.Json.TypeInfoResolverChain.Add(MyContext.Default).");
    }

    /// <summary>What is found in a type.</summary>
    /// <exception cref="NotSupportedException">A value tuple, whose parts the serialiser leaves out.</exception>
    public static JsonTraits Examine(Type type, JsonSerializerOptions plain, JsonRules rules) => Examine(type, plain, rules, type, []);

    /// <summary>What compiles as an argument and is a mistake, in both directions.</summary>
    /// <exception cref="NotSupportedException">It is one; the message says what to do instead.</exception>
    public static void Refuse(Type type, JsonRules rules, Type? within = null)
    {
        var inner = Nullable.GetUnderlyingType(type) ?? type;
        var instead = 0 switch
        {
            _ when inner == typeof(CancellationToken) => "Tokens are passed to the Async methods by name: cancellationToken: token.",
            _ when inner == typeof(CancellationTokenSource) => "A handler gets the token of its socket by a parameter of type CancellationToken.",
            _ when typeof(Delegate).IsAssignableFrom(inner) => "Acknowledgements are awaited with EmitWithAckAsync, and answered by OnWithAck or EventContext.Ack.",
            _ when typeof(Task).IsAssignableFrom(inner) || inner == typeof(ValueTask)
                || (inner.IsGenericType && inner.GetGenericTypeDefinition() == typeof(ValueTask<>)) => "Await the task and send its result.",
            _ when typeof(IEventTarget).IsAssignableFrom(inner) || inner == typeof(EventContext) || inner == typeof(SocketOperator) || inner == typeof(BroadcastOperator) =>
                "Send the id of the socket; a handler gets its socket by a parameter of type SockeyeSocket.",
            _ when typeof(IServiceProvider).IsAssignableFrom(inner) => "Services do not travel: the handler's lambda or object brings its own.",
            _ when typeof(MemberInfo).IsAssignableFrom(inner) || typeof(Assembly).IsAssignableFrom(inner) || inner.IsPointer || inner == typeof(nint) || inner == typeof(nuint) =>
                "It means nothing in another process.",
            _ when inner.IsGenericType && inner.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>) => "Send an event for each item.",
            _ when IsTuple(inner) && !rules.Options.IncludeFields => "The serialiser leaves the parts of a value tuple out: use a record, or an argument for each part.",
            _ when (typeof(IDisposable).IsAssignableFrom(inner) || typeof(IAsyncDisposable).IsAssignableFrom(inner))
                && !typeof(IEnumerable).IsAssignableFrom(inner) && inner != typeof(JsonDocument) => "What has to be disposed is no data.",
            _ => null,
        };
        if (instead is not null && !rules.IsConverted(type))
        {
            throw new NotSupportedException($"{within ?? type} cannot be an argument of an event. {instead}");
        }
    }

    /// <summary>Refuses a type of which no object can be made from JSON.</summary>
    /// <exception cref="NotSupportedException">It is one.</exception>
    public static void CheckReadable(JsonTypeInfo info, JsonRules rules)
    {
        var inner = info;
        while (inner.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary && inner.ElementType is { } element && element != inner.Type)
        {
            inner = Info(element, rules.Options);
        }

        if (inner.Kind == JsonTypeInfoKind.Object && inner.PolymorphismOptions is null && Unmakeable(inner) is { } reason)
        {
            throw new NotSupportedException($"{info.Type} cannot be an argument of an event that comes: {reason}.");
        }
    }

    private static string? Unmakeable(JsonTypeInfo info) =>
        info.Type == typeof(object) ? null
        : info.Type.IsInterface ? "no object of an interface can be made from JSON. Take a class or a record; services do not travel, the handler's lambda or object brings its own"
        : info.Type.IsAbstract ? "no object of an abstract class can be made from JSON unless [JsonDerivedType] names the classes below it"
        // Only what the serialiser itself has reflected on tells its constructor for sure.
        : info.CreateObject is not null || info.OriginatingResolver is not DefaultJsonTypeInfoResolver ? null
        : info.ConstructorAttributeProvider is not ConstructorInfo constructor ? "it has no constructor that System.Text.Json can call"
        : constructor.GetParameters().Length > info.Properties.Count(static property => property.AssociatedParameter is not null)
            ? "its constructor has a parameter that is none of its properties"
        : null;

    private static JsonTraits Examine(Type type, JsonSerializerOptions plain, JsonRules rules, Type root, HashSet<Type> visited)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsConverted(type))
        {
            return JsonTraits.Converted;
        }

        if (JsonNumbers.IsFloating(type))
        {
            return type == typeof(Half) ? JsonTraits.Floating | JsonTraits.Half : JsonTraits.Floating;
        }

        if (!visited.Add(type))
        {
            return JsonTraits.None;
        }

        if (IsTuple(type))
        {
            Refuse(type, rules, root);
        }

        var info = Info(type, plain);
        var traits = JsonTraits.None;
        foreach (var derived in info.PolymorphismOptions?.DerivedTypes ?? [])
        {
            traits |= JsonTraits.Converted | Examine(derived.DerivedType, plain, rules, root, visited);
        }

        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary:
                traits |= info.ElementType is null ? JsonTraits.Converted | JsonTraits.Floating | JsonTraits.Half : Examine(info.ElementType, plain, rules, root, visited);
                traits |= info.KeyType is null ? JsonTraits.None : Examine(info.KeyType, plain, rules, root, visited);
                break;
            case JsonTypeInfoKind.Object:
                foreach (var property in info.Properties)
                {
                    traits |= property.CustomConverter is not null ? JsonTraits.Converted
                        : property.Get is null && property.Set is null ? JsonTraits.None
                        : Examine(property.PropertyType, plain, rules, root, visited);
                }

                break;
        }

        return traits;
    }

    private static bool IsTuple(Type type) => type.IsValueType && typeof(ITuple).IsAssignableFrom(type) && type.IsGenericType
        && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal);

    private static bool IsConverted(Type type) =>
        type == typeof(object) || type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>) || type == typeof(Memory<byte>)
        || type == typeof(ArraySegment<byte>) || type == typeof(DateTime) || type == typeof(DateTimeOffset);
}
