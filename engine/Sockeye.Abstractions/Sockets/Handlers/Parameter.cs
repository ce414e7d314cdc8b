using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sockeye.Abstractions.Sockets;

/// <summary>One parameter of a handler: what it is given where the event has no argument for it.</summary>
/// <remarks>A parameter that is nullable gets null, one with a default value gets that; for any other a missing argument is an error, and so is null.
/// A reference of which nothing is known may be null, except as the argument of a declared event, which always has one.</remarks>
internal readonly struct Parameter<T>
{
    /// <summary>Looks a parameter up, once, when its handler is registered.</summary>
    /// <param name="target">What the event arrives at; its codec has to know the type.</param>
    /// <param name="handler">The handler.</param>
    /// <param name="fromEnd">Its place, counted from the last, which is 1.</param>
    /// <exception cref="NotSupportedException">No argument can be of this type.</exception>
    public Parameter(IEventTarget target, Delegate handler, int fromEnd)
    {
        target.Codec.Prepare<T>();
        var known = ParameterFacts.Of(handler, fromEnd);
        Name = known.Name;
        Method = handler.Method;
        TakesNull = default(T) is null && (typeof(T).IsValueType || known.Nullability == NullabilityState.Nullable || (known.Nullability == NullabilityState.Unknown && !target.IsDeclared));
        IsOptional = TakesNull;
        if (known.HasDefault && (known.Default is T || known.Default is null))
        {
            Default = (T?)known.Default ?? default;
            IsOptional = true;
        }
    }

    /// <summary>What it is called in the source; null: it is not known, or it has no name there.</summary>
    public string? Name { get; }

    /// <summary>The handler.</summary>
    public MethodInfo Method { get; }

    public bool TakesNull { get; }

    public bool IsOptional { get; }

    public T? Default { get; }
}

/// <summary>What the compiler has written down about a parameter.</summary>
/// <remarks>Read by reflection once for each method. An application that is trimmed keeps what is needed by <c>NullabilityInfoContextSupport</c>; without it nothing is known,
/// as of code that says nothing about null and of lambdas that leave the types to a declared event.</remarks>
internal readonly record struct ParameterFacts(string? Name, NullabilityState Nullability, bool HasDefault, object? Default)
{
    private static readonly ConditionalWeakTable<MethodInfo, ParameterFacts[]> Known = [];

    private static readonly ParameterFacts Nothing = new(null, NullabilityState.Unknown, false, null);

    /// <summary>Of a parameter of a handler, counted from the last: what a delegate is bound to stands before the others.</summary>
    public static ParameterFacts Of(Delegate handler, int fromEnd)
    {
        // What is known of a method that can be unloaded goes with it, though a default value of it may be of its own types: the table does not keep its keys by what it has of them.
        var all = Known.GetValue(handler.Method, static method => Read(method));
        return fromEnd <= all.Length ? all[^fromEnd] : Nothing;
    }

    private static ParameterFacts[] Read(MethodInfo method)
    {
        var parameters = method.GetParameters();
        var facts = new ParameterFacts[parameters.Length];
        var nullability = AppContext.TryGetSwitch("System.Reflection.NullabilityInfoContext.IsSupported", out var isKept) && !isKept ? null : new NullabilityInfoContext();
        for (var i = 0; i < facts.Length; i++)
        {
            var parameter = parameters[i];
            facts[i] = new ParameterFacts(
                parameter.Name,
                nullability?.Create(parameter).WriteState ?? NullabilityState.Unknown,
                parameter.HasDefaultValue,
                parameter.HasDefaultValue ? parameter.DefaultValue : null);
        }

        return facts;
    }
}
