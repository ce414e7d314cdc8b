using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sockeye.Abstractions;
using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>An exception on one line: its type, its message, those behind it, and the first place in the application's own code.</summary>
internal static class FailureText
{
    /// <summary>Exceptions of a chain that are told.</summary>
    private const int MaxChain = 3;

    private static readonly string[] Engine = ["Sockeye.Protocol,", "Sockeye.Abstractions,", "Sockeye.Transport,", "Sockeye.EngineIO,", "Sockeye.Server,", "Sockeye.Hosting,", "Sockeye.Testing,"];

    /// <summary>What follows the text of the line; nothing without an exception. Any thread.</summary>
    public static string Of(Exception? exception)
    {
        if (exception is null)
        {
            return "";
        }

        var text = new StringBuilder();
        string? place = null;
        var left = MaxChain;
        for (var e = exception; e is not null && left > 0; e = e.InnerException, left--)
        {
            var original = CleanException.OriginalOf(e);
            if (original is AggregateException { InnerExceptions.Count: 1 } && e.InnerException is not null)
            {
                // It says what the one behind it says.
                place = PlaceOf(original) ?? place;
                continue;
            }

            text.Append(text.Length == 0 ? ": " : " <- ").Append(original.GetType().FullName).Append(": ").Append(e.Message);
            place = PlaceOf(original) ?? place;
        }

        return place is null ? text.ToString() : text.Append(" at ").Append(place).ToString();
    }

    /// <summary>The first frame that is neither the runtime's nor the engine's.</summary>
    private static string? PlaceOf(Exception exception)
    {
        foreach (var frame in new StackTrace(exception, fNeedFileInfo: true).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is { } method && !IsForeign(method.DeclaringAssemblyName))
            {
                var name = MethodText.Of(method.DeclaringTypeName, method.Name);
                return frame.GetFileName() is { } file ? string.Create(CultureInfo.InvariantCulture, $"{name} in {Path.GetFileName(file)}:{frame.GetFileLineNumber()}") : name;
            }
        }

        return null;
    }

    private static bool IsForeign(string? assembly) =>
        assembly is null
        || assembly.StartsWith("System.", StringComparison.Ordinal)
        || assembly.StartsWith("Microsoft.", StringComparison.Ordinal)
        || Engine.Any(name => assembly.StartsWith(name, StringComparison.Ordinal));
}
