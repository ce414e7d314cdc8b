using System.Reflection;

namespace Sockeye.Transport;

/// <summary>The name of a method as it stands in its source, for log lines: compilers hide async methods, lambdas and local functions behind names of their own.</summary>
/// <remarks>Any thread.</remarks>
public static class MethodText
{
    /// <summary>Names the method that a delegate calls.</summary>
    /// <param name="method">The method.</param>
    /// <returns>Such as <c>Chat.OnChat</c>, or <c>a lambda of Program.Main</c>.</returns>
    public static string Of(MethodInfo method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Of(method.DeclaringType?.FullName, method.Name);
    }

    /// <summary>Names a method by what a stack trace says of it.</summary>
    /// <param name="type">The full name of its type; null if it has none.</param>
    /// <param name="method">Its name.</param>
    /// <inheritdoc cref="Of(MethodInfo)" path="/returns" />
    public static string Of(string? type, string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        var types = Types(type ?? "");
        var name = method;

        // The type of an async method or an iterator is named after it.
        if (name == "MoveNext" && types is [.., ['<', not '>', ..] machine])
        {
            name = Inner(machine);
            types.RemoveAt(types.Count - 1);
        }

        types.RemoveAll(static part => part.StartsWith('<'));
        var isLambda = false;
        while (name.StartsWith('<'))
        {
            var inner = Inner(name);
            var rest = name[Math.Min(inner.Length + 2, name.Length)..];
            if (rest.StartsWith("g__", StringComparison.Ordinal))
            {
                name = rest[3..];
                name = name.IndexOf('|', StringComparison.Ordinal) is >= 0 and var end ? name[..end] : name;
                break;
            }

            isLambda |= rest.StartsWith("b__", StringComparison.Ordinal);
            name = inner;
        }

        types.Add(name);
        var full = string.Join('.', types);
        return isLambda ? "a lambda of " + full : full;
    }

    /// <summary>A type and those it stands in, from the outermost, without type arguments and their number.</summary>
    private static List<string> Types(string type)
    {
        var arguments = type.IndexOf('[', StringComparison.Ordinal);
        var parts = (arguments < 0 ? type : type[..arguments]).Split('+', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = parts[i].IndexOf('`', StringComparison.Ordinal) is >= 0 and var end ? parts[i][..end] : parts[i];
        }

        return [.. parts];
    }

    /// <summary>What stands between the first bracket and the one that closes it.</summary>
    private static string Inner(string name)
    {
        var depth = 0;
        for (var i = 0; i < name.Length; i++)
        {
            depth += name[i] switch { '<' => 1, '>' => -1, _ => 0 };
            if (depth == 0)
            {
                return name[1..i];
            }
        }

        return name[1..];
    }
}
