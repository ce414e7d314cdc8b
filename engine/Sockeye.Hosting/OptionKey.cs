using System.Reflection;

namespace Sockeye.Hosting;

/// <summary>One setting of an options class, reached by its configuration key.</summary>
/// <param name="Name">The key relative to the section, as written in code: <c>Engine:PingInterval</c>.</param>
/// <param name="Type">What a value is converted to; the element type for lists.</param>
/// <param name="IsList">Whether the setting takes several values.</param>
/// <param name="Path">The properties from the options object to the setting.</param>
internal sealed record OptionKey(string Name, Type Type, bool IsList, IReadOnlyList<PropertyInfo> Path)
{
    /// <summary>Every setting of an options object and of the options objects inside it. Delegates and services are not settings; an object that
    /// is reached in two ways counts where it stands higher.</summary>
    public static IReadOnlyList<OptionKey> Of(object options)
    {
        var keys = new List<OptionKey>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var level = new List<(OptionType Type, object? Value, PropertyInfo[] Path)> { (OptionType.Find(options.GetType())!, options, []) };
        while (level.Count > 0)
        {
            var next = new List<(OptionType, object?, PropertyInfo[])>();
            foreach (var (type, value, path) in level)
            {
                if (value is null || seen.Add(value))
                {
                    Collect(type, value, path, keys, next);
                }
            }

            level = next;
        }

        return keys;
    }

    /// <summary>Reads the setting; null when an options object on the way is absent.</summary>
    public object? Get(object options)
    {
        var value = options;
        foreach (var property in Path)
        {
            value = value is null ? null : property.GetValue(value);
        }

        return value;
    }

    /// <summary>The setting for those who write of it.</summary>
    /// <param name="defaults">An options object with the defaults.</param>
    public ConfigurationKey Describe(object defaults)
    {
        var isAbsent = false;
        var value = (object?)defaults;
        foreach (var property in Path)
        {
            isAbsent |= value is null;
            value = property.GetValue(value ?? OptionType.Find(property.DeclaringType!)!.Create());
        }

        var plain = Nullable.GetUnderlyingType(Type) ?? Type;
        var text = IsList ? string.Join(';', (IEnumerable<string>?)value ?? []) : value is null or ReadOnlyMemory<byte> ? null : FormattableString.Invariant($"{value}");
        var kind = plain == typeof(bool) ? ConfigurationValue.Flag
            : plain == typeof(int) || plain == typeof(long) ? ConfigurationValue.Number
            : plain == typeof(TimeSpan) ? ConfigurationValue.Duration
            : plain.IsEnum ? ConfigurationValue.Choice
            : ConfigurationValue.Text;
        return new ConfigurationKey(Name, kind, text)
        {
            IsList = IsList,
            IsInAbsentGroup = isAbsent,
            IsOptional = !IsList && (plain != Type || (plain == typeof(string) && value is null)),
            Choices = plain.IsEnum ? Enum.GetNames(plain) : [],
        };
    }

    /// <summary>Writes the setting, making the absent options objects on the way.</summary>
    /// <returns>Null, or, if the options object knows the range of the setting and the value is outside, the sentence that gives the range.</returns>
    public string? Set(object options, object? value)
    {
        var owner = options;
        foreach (var property in Path.SkipLast(1))
        {
            var inner = property.GetValue(owner);
            if (inner is null)
            {
                inner = OptionType.Find(property.PropertyType)!.Create();
                property.SetValue(owner, inner);
            }

            owner = inner;
        }

        try
        {
            Path[^1].SetValue(owner, value, BindingFlags.DoNotWrapExceptions, binder: null, index: null, culture: null);
            return null;
        }
        catch (ArgumentOutOfRangeException e)
        {
            // The setter's way to say so; behind the sentence stand the parameter and the value.
            return e.Message.Split(" (Parameter", 2)[0];
        }
    }

    private static void Collect(OptionType options, object? instance, PropertyInfo[] path, List<OptionKey> keys, List<(OptionType, object?, PropertyInfo[])> inner)
    {
        foreach (var property in options.Properties)
        {
            PropertyInfo[] here = [.. path, property];
            var name = string.Join(':', here.Select(step => step.Name));
            if (OptionText.IsFor(property.PropertyType))
            {
                if (property.SetMethod is { IsPublic: true })
                {
                    keys.Add(new OptionKey(name, property.PropertyType, false, here));
                }
            }
            else if (typeof(IEnumerable<string>).IsAssignableFrom(property.PropertyType) && property.PropertyType.IsAssignableFrom(typeof(List<string>)))
            {
                keys.Add(new OptionKey(name, typeof(string), true, here));
            }
            else if (OptionType.Find(property.PropertyType) is { } type)
            {
                inner.Add((type, instance is null ? null : property.GetValue(instance), here));
            }
        }
    }
}
