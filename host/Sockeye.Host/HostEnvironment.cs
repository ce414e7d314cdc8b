using System.Collections;

namespace Sockeye.Host;

/// <summary>The settings among the environment variables: those that begin with <c>SOCKEYE_</c>, except what Kubernetes and Docker set for a service or container of that name.</summary>
/// <remarks>
/// A service <c>sockeye</c> in the namespace of a pod gives it <c>SOCKEYE_SERVICE_HOST</c>, <c>SOCKEYE_SERVICE_PORT</c>, <c>SOCKEYE_SERVICE_PORT_HTTP</c>,
/// <c>SOCKEYE_PORT=tcp://10.0.0.1:3000</c>, <c>SOCKEYE_PORT_3000_TCP</c> and its <c>_PROTO</c>, <c>_PORT</c> and <c>_ADDR</c>; a service <c>sockeye-admin</c>
/// gives the same behind <c>SOCKEYE_ADMIN</c>. They say where others are and no setting has such a name, so they are left alone by their shape:
/// capitals with a single <c>_</c> between the words. Every other variable with the prefix is a setting, and a fault if there is none of that name.
/// </remarks>
internal static class HostEnvironment
{
    public const string Prefix = "SOCKEYE_";

    /// <summary>The keys and values of settings, and the variable that each comes from.</summary>
    public static IEnumerable<(string Key, string Value, string Variable)> Settings(IDictionary variables)
    {
        foreach (DictionaryEntry variable in variables)
        {
            var name = (string)variable.Key;
            var value = (string?)variable.Value ?? "";
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && name.Length > Prefix.Length && !IsLink(name, value))
            {
                // Sockeye__Urls is how the same setting is written for a server inside a program, whose options stand in a section of that name.
                var start = name[Prefix.Length] == '_' && name.Length > Prefix.Length + 1 ? Prefix.Length + 1 : Prefix.Length;
                yield return (name[start..].Replace("__", ":", StringComparison.Ordinal), value, name);
            }
        }
    }

    /// <summary>The variable that has set a key, or the first one below it; null: none has.</summary>
    public static string? VariableOf(string key) => Settings(Environment.GetEnvironmentVariables())
        .FirstOrDefault(setting => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase) || setting.Key.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase)).Variable;

    // PORT alone tells a service by its value: with a number somebody means the port to listen on, and hears how that is written.
    internal static bool IsLink(string name, string value)
    {
        var words = name.Split('_');
        if (words[0] != "SOCKEYE" || !words.All(static word => word.Length > 0 && word.All(static letter => char.IsAsciiLetterUpper(letter) || char.IsAsciiDigit(letter))))
        {
            return false;
        }

        // What follows the name of the service, which may itself hold these words: SOCKEYE_PORT_SERVICE_HOST is of a service sockeye-port.
        for (var i = 1; i < words.Length; i++)
        {
            if (words[i..] is ["SERVICE", "HOST"] or ["SERVICE", "PORT", ..]
                || (words[i..] is ["PORT", _, "TCP" or "UDP" or "SCTP"] or ["PORT", _, "TCP" or "UDP" or "SCTP", "PROTO" or "PORT" or "ADDR"] && words[i + 1].All(char.IsAsciiDigit))
                || (words[i..] is ["PORT"] && value.Split("://", 2) is ["tcp" or "udp" or "sctp", _]))
            {
                return true;
            }
        }

        return false;
    }
}
