using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Protocol.Http;

namespace Sockeye.Hosting;

/// <summary>A class of settings. They are named one by one, so that trimming and Native AOT keep what is reached by reflection.</summary>
internal sealed class OptionType
{
    private static readonly Dictionary<Type, OptionType> All = new OptionType[]
    {
        Of<SockeyeServerOptions>(), Of<ListenerOptions>(), Of<LimitOptions>(), Of<RateOptions>(), Of<OutboxOptions>(), Of<HookOptions>(), Of<EngineOptions>(), Of<CookieOptions>(), Of<CorsOptions>(), Of<HttpOptions>(), Of<HttpLimits>(), Of<ClusterOptions>(),
    }.ToDictionary(type => type._type);

    private readonly Type _type;
    private readonly Func<object> _create;

    private OptionType(Type type, PropertyInfo[] properties, Func<object> create)
    {
        _type = type;
        Properties = properties;
        _create = create;
    }

    /// <summary>Its public properties.</summary>
    public IReadOnlyList<PropertyInfo> Properties { get; }

    /// <summary>Null if the class holds no settings.</summary>
    public static OptionType? Find(Type type) => All.GetValueOrDefault(type);

    /// <summary>An object with the defaults.</summary>
    public object Create() => _create();

    private static OptionType Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>()
        where T : class, new() => new(typeof(T), typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public), static () => new T());
}
