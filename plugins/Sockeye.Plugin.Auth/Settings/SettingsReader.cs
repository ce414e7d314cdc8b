using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugin.Auth.Settings;

/// <summary>Reads a section of the configuration strictly: each value has a type and a range, each key is one that somebody has asked for, and all faults are told at once. One thread.</summary>
/// <remarks>Written here instead of bound by reflection, since the plugin also runs under Native AOT and in a context that can be unloaded.</remarks>
internal sealed class SettingsReader
{
    private readonly IConfigurationSection? _section;
    private readonly SettingsShape? _shape;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SettingsReader> _below = [];
    private readonly List<string> _faults;
    private IReadOnlyList<IConfigurationSection>? _children;
    private bool _isLeft;

    /// <summary>Begins to read.</summary>
    /// <param name="section">The section.</param>
    public SettingsReader(IConfigurationSection section)
        : this(section, [])
    {
    }

    /// <summary>Begins to read nothing: who reads is told what a section without values says, and what is asked for is noted.</summary>
    /// <param name="shape">Where it is noted.</param>
    public SettingsReader(SettingsShape shape)
    {
        _shape = shape;
        _faults = [];
        _children = [];
    }

    private SettingsReader(IConfigurationSection section, List<string> faults)
    {
        _section = section;
        _faults = faults;
    }

    /// <summary>Where it stands in the configuration.</summary>
    public string Path => _section?.Path ?? "";

    /// <summary>Whether there is anything in it.</summary>
    public bool Exists => _shape is not null || _section!.Value is not null || Children.Count > 0;

    /// <summary>The keys that it has.</summary>
    public IReadOnlyList<string> Keys => _shape is not null ? [SettingsShape.AnyName] : [.. Children.Select(static child => child.Key)];

    /// <summary>What it has, asked for once: a provider goes through all that it has for each question, so that ten thousand sections with ten questions each would take minutes.</summary>
    private IReadOnlyList<IConfigurationSection> Children => _children ??= [.. _section!.GetChildren()];

    /// <summary>A text; null: it is not there, or empty.</summary>
    /// <param name="key">The key.</param>
    public string? Text(string key)
    {
        if (_shape is not null)
        {
            return _shape.Text(key);
        }

        _known.Add(key);
        var found = _section!.GetSection(key);
        if (found.Value is null && Has(key) && found.GetChildren().Any())
        {
            Fault(key, "is to be one value");
        }

        return found.Value is { Length: > 0 } value ? value : null;
    }

    /// <summary>A text, or another one if it is not there.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    public string Text(string key, string otherwise) => Text(key) ?? otherwise;

    /// <summary>A text that has to be there; empty, with a fault, if it is not.</summary>
    /// <param name="key">The key.</param>
    public string NeededText(string key)
    {
        if (Text(key) is { } value)
        {
            return value;
        }

        Fault(key, "has to be set");
        return "";
    }

    /// <summary>True or false.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    public bool Flag(string key, bool otherwise)
    {
        _shape?.Flag(key, otherwise);
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (bool.TryParse(text, out var value))
        {
            return value;
        }

        Fault(key, $"is to be true or false, and is \"{LogText.Escape(text)}\"");
        return otherwise;
    }

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public long Number(string key, long otherwise, long least, long most)
    {
        _shape?.Number(key, otherwise, least, most);
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        Fault(key, string.Create(CultureInfo.InvariantCulture, $"is to be a number from {least} to {most}, and is \"{LogText.Escape(text)}\""));
        return otherwise;
    }

    /// <summary>A duration, such as <c>00:00:25</c>; a number alone is none, since .NET reads 25 as days.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="least">The least.</param>
    /// <param name="most">The most.</param>
    public TimeSpan Time(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        _shape?.Time(key, otherwise, least, most);
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        if (DurationText.TryParse(text, out var value) && value >= least && value <= most)
        {
            return value;
        }

        Fault(key, $"is to be a duration from {least:c} to {most:c}, and is \"{LogText.Escape(text)}\"");
        return otherwise;
    }

    /// <summary>One of the names of an enumeration, in any case.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum
    {
        TryChoice(key, otherwise, out var value);
        return value;
    }

    /// <summary>As <see cref="Choice"/>, for what decides how the rest is read.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="value">What it says; if that is none of the names, the default.</param>
    /// <returns>False: it is none of the names, which is noted.</returns>
    public bool TryChoice<T>(string key, T otherwise, out T value)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        _shape?.Choice(key, names, otherwise.ToString());
        value = otherwise;
        if (Text(key) is not { } text)
        {
            return true;
        }

        // A number is no name, although .NET reads it as one.
        if (char.IsAsciiLetter(text[0]) && !text.Contains(',', StringComparison.Ordinal) && Enum.TryParse<T>(text, ignoreCase: true, out var found))
        {
            value = found;
            return true;
        }

        Fault(key, $"is \"{LogText.Escape(text)}\"; {(NearestName.Of(text, names) is { } near ? $"did you mean {near}? It" : "it")} is to be one of {string.Join(", ", names)}");
        return false;
    }

    /// <summary>Texts: several values, or one with <c>;</c> between them. Null: the key is not there.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string>? Texts(string key)
    {
        if (_shape is not null)
        {
            _shape.Texts(key);
            return null;
        }

        _known.Add(key);
        var found = _section!.GetSection(key);
        if (found.Value is { } line)
        {
            return line.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        List<string>? texts = null;
        foreach (var item in Has(key) ? found.GetChildren() : [])
        {
            if (string.IsNullOrEmpty(item.Value))
            {
                Fault(key, "is to be a list of texts");
                return [];
            }

            (texts ??= []).Add(item.Value);
        }

        return texts;
    }

    /// <summary>A section below; it may be empty.</summary>
    /// <param name="key">The key.</param>
    public SettingsReader Section(string key)
    {
        if (_shape is not null)
        {
            return new SettingsReader(_shape.Section(key));
        }

        _known.Add(key);
        return Below(_section!.GetSection(key));
    }

    /// <summary>The sections of a list, in order, or those with names.</summary>
    /// <param name="key">The key.</param>
    /// <param name="kind">The key of each that says which others there are; null: all have the same.</param>
    /// <param name="kinds">What it may say.</param>
    public IReadOnlyList<(string Name, SettingsReader Settings)> Sections(string key, string? kind = null, params IReadOnlyList<string> kinds)
    {
        if (_shape is not null)
        {
            return [.. _shape.Sections(key, kind, kinds).Select(static item => (item.Name, new SettingsReader(item.Shape)))];
        }

        _known.Add(key);
        return Has(key) ? [.. _section!.GetSection(key).GetChildren().Select(child => (child.Key, Below(child)))] : [];
    }

    /// <summary>A key that somebody else reads.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="choices">What it may be.</param>
    public void Pass(string key, string otherwise, params IReadOnlyList<string> choices)
    {
        _shape?.Choice(key, choices, otherwise);
        _known.Add(key);
    }

    /// <summary>Leaves the rest of the section alone: what it says cannot be judged, and every fault of it would follow from one that is noted.</summary>
    public void Leave() => _isLeft = true;

    /// <summary>Notes a fault if a key is written and has nothing in it: a variable that was not set must not widen what is let in.</summary>
    /// <param name="key">The key, which has been read.</param>
    /// <param name="what">What it would mean otherwise, as the end of a sentence.</param>
    public void FaultIfEmpty(string key, string what)
    {
        if (Has(key) && _section!.GetSection(key) is { Value: null or "" } found && !found.GetChildren().Any())
        {
            Fault(key, $"is empty, and {what} if that were taken: leave it out where that is meant");
        }
    }

    /// <summary>Notes a fault.</summary>
    /// <param name="key">The key; empty: the section itself.</param>
    /// <param name="what">What is wrong, as the rest of a sentence; never a secret.</param>
    public void Fault(string key, string what) => _faults.Add($"{(key.Length == 0 ? Path : $"{Path}:{key}")} {what}.");

    /// <summary>Ends the reading of the whole, once.</summary>
    /// <returns>All faults, and the keys that nobody has asked for; each sentence begins with its path.</returns>
    public IReadOnlyList<string> Faults()
    {
        FindStrangers();
        return _faults;
    }

    /// <summary>Ends the reading of the whole, once.</summary>
    /// <exception cref="FormatException">There are faults; each stands on a line of its own.</exception>
    public void ThrowIfFaulty()
    {
        if (Faults() is { Count: > 0 } faults)
        {
            throw new FormatException(string.Join('\n', faults));
        }
    }

    private bool Has(string key) => Children.Any(child => child.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    private SettingsReader Below(IConfigurationSection section)
    {
        var below = new SettingsReader(section, _faults);
        _below.Add(below);
        return below;
    }

    // A key of a part that was written beside it, such as what a source gives beside its keys.
    private string? OneLevelBelow(string key) => _below.FirstOrDefault(below => below._known.Contains(key)) is { } below ? $"{below.Path}:{key}" : null;

    private void FindStrangers()
    {
        foreach (var child in _isLeft ? [] : Children)
        {
            if (!_known.Contains(child.Key) && _known.Count > 0)
            {
                var near = NearestName.Of(child.Key, _known) is { } name ? $"{Path}:{name}" : OneLevelBelow(child.Key);
                var meant = near is null ? "there" : $"did you mean {near}? There";
                _faults.Add($"{child.Path} is no setting; {meant} are {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
            }
        }

        foreach (var below in _below)
        {
            below.FindStrangers();
        }
    }
}
