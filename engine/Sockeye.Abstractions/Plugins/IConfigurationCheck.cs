using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugins;

/// <summary>A plugin whose section can be read without starting it: what <c>check</c> and <c>config</c> of the standalone host ask. That it implements this is part of its manifest: code of a plugin that does not is not loaded for it.</summary>
/// <remarks>It is asked of an object that was made by its constructor, is never started, and is disposed afterwards. Neither may contact anybody, write a file or begin work that goes on.</remarks>
public interface IConfigurationCheck
{
    /// <summary>A schema of the section for editors, as JSON Schema 2020-12: an object. Null, the default: any object will do.</summary>
    string? Schema => null;

    /// <summary>Reads a section as the start would, the files that it names included.</summary>
    /// <param name="section">The section; it may be empty, and does not change under the call.</param>
    /// <returns>A sentence for each fault, never with a secret in it: it begins with the path of the key in the configuration (<c>Plugins:hello:Greeting</c>), or with a place in a file of the plugin's own
    /// (<c>rules.json(3,14): </c>). Empty: the plugin would take the section.</returns>
    IReadOnlyList<string> Check(IConfigurationSection section);
}
