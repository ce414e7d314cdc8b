using System.Reflection;
using Sockeye.Plugins;

namespace Sockeye.Server.Plugins;

/// <summary>What the attribute of a plugin says. Immutable.</summary>
internal sealed record PluginManifest
{
    /// <summary>Characters of an id.</summary>
    public const int MaxIdLength = 64;

    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary>The version of the contract that it was built against.</summary>
    public required int Contract { get; init; }

    /// <summary>The section below <c>Plugins</c>.</summary>
    public required string Section { get; init; }

    public FaultMode WhenFaulted { get; init; }

    public RefusalAnswer Refusals { get; init; }

    /// <summary>Whether it reads its section without being started (<see cref="IConfigurationCheck"/>).</summary>
    public bool ChecksConfiguration { get; init; }

    /// <summary>The full name of the class.</summary>
    public required string TypeName { get; init; }

    /// <summary>Of a class that is loaded; null: it has none.</summary>
    public static PluginManifest? Of(Type type) => type.GetCustomAttribute<SockeyePluginAttribute>() is not { } said ? null : new()
    {
        Id = said.Id,
        Version = said.Version,
        Contract = said.Contract,
        Section = said.ConfigurationSection,
        WhenFaulted = said.WhenFaulted,
        Refusals = said.Refusals,
        ChecksConfiguration = type.IsAssignableTo(typeof(IConfigurationCheck)),
        TypeName = type.FullName!,
    };

    /// <summary>What is wrong with it, as the end of a sentence that begins with the file; null: nothing.</summary>
    public string? Fault() =>
        !IsId(Id) ? $"its id '{LogText.Escape(Id)}' is none: 1 to {MaxIdLength} characters of a to z, 0 to 9 and '-', beginning with a letter"
        : Contract > PluginContract.Version ? $"it was built for version {Contract} of the plugin contract and this engine has version {PluginContract.Version}: take a newer engine, or build it against the Sockeye.Abstractions of this one"
        : Contract < PluginContract.Oldest ? $"it was built for version {Contract} of the plugin contract and this engine understands {PluginContract.Oldest} to {PluginContract.Version}: build it against a newer Sockeye.Abstractions"
        : !Enum.IsDefined(WhenFaulted) || !Enum.IsDefined(Refusals) ? "its attribute has a value for WhenFaulted or Refusals that does not exist"
        : null;

    public static bool IsId(string id) => id.Length is > 0 and <= MaxIdLength && id[0] is >= 'a' and <= 'z'
        && id.All(static letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
