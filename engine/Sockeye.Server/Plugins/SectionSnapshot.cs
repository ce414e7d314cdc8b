using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Sockeye.Server.Plugins;

/// <summary>A section of the configuration as it was at one moment. Does not change.</summary>
internal sealed class SectionSnapshot : IConfigurationSection
{
    private static readonly IChangeToken Never = new CancellationChangeToken(CancellationToken.None);

    private readonly string? _value;
    private readonly SectionSnapshot[] _children;

    private SectionSnapshot(string key, string path, string? value, SectionSnapshot[] children)
    {
        Key = key;
        Path = path;
        _value = value;
        _children = children;
    }

    /// <inheritdoc />
    public string Key { get; }

    /// <inheritdoc />
    public string Path { get; }

    /// <inheritdoc />
    public string? Value
    {
        get => _value;
        set => throw new NotSupportedException("This is the configuration as it was, which does not change.");
    }

    /// <inheritdoc />
    public string? this[string key]
    {
        get => GetSection(key).Value;
        set => throw new NotSupportedException("This is the configuration as it was, which does not change.");
    }

    /// <summary>The section as it is now.</summary>
    public static SectionSnapshot Of(IConfigurationSection section) => new(section.Key, section.Path, section.Value, [.. section.GetChildren().Select(Of)]);

    /// <summary>Whether both say the same.</summary>
    public bool SaysSameAs(SectionSnapshot other)
    {
        if (_value != other._value || _children.Length != other._children.Length)
        {
            return false;
        }

        for (var i = 0; i < _children.Length; i++)
        {
            if (!string.Equals(_children[i].Key, other._children[i].Key, StringComparison.OrdinalIgnoreCase) || !_children[i].SaysSameAs(other._children[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc />
    public IEnumerable<IConfigurationSection> GetChildren() => _children;

    /// <inheritdoc />
    public IChangeToken GetReloadToken() => Never;

    /// <inheritdoc />
    public IConfigurationSection GetSection(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var colon = key.IndexOf(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
        var first = colon < 0 ? key : key[..colon];
        var child = Array.Find(_children, child => string.Equals(child.Key, first, StringComparison.OrdinalIgnoreCase)) ?? new SectionSnapshot(first, ConfigurationPath.Combine(Path, first), null, []);
        return colon < 0 ? child : child.GetSection(key[(colon + 1)..]);
    }
}
