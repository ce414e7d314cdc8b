using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Sockeye.Host;

/// <summary>How entries of the log are written to standard output.</summary>
internal enum LogFormat
{
    /// <summary>One line, for people.</summary>
    Text,

    /// <summary>One JSON object in a line, with every value of the entry by its name, for programs.</summary>
    Json,

    /// <summary>One line that begins with the level as the journal of systemd reads it.</summary>
    Systemd,
}

/// <summary>The log of the host: standard output, in the format that is asked for, with levels from the section <c>Logging</c>.</summary>
internal static class HostLogging
{
    /// <summary>The key of the format.</summary>
    public const string FormatKey = "LogFormat";

    /// <summary>The format that is asked for; null: what stands there is none.</summary>
    public static LogFormat? Format(IConfiguration settings) =>
        settings[FormatKey] is not { } text ? LogFormat.Text : Enum.TryParse<LogFormat>(text, ignoreCase: true, out var format) && Enum.IsDefined(format) ? format : null;

    /// <summary>Where lines for people go: beside the log, or to standard error where standard output is JSON for programs.</summary>
    /// <param name="settings">Null: nothing was read yet.</param>
    public static TextWriter People(IConfiguration? settings) =>
        settings is not null && Format(settings) == LogFormat.Json ? Console.Error : Console.Out;

    /// <summary>Adds the log.</summary>
    public static void Add(ILoggingBuilder logging, IConfiguration settings)
    {
        logging.AddConfiguration(settings.GetSection("Logging"));
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a failed start is told by the program, without a stack
        _ = Format(settings) switch
        {
            LogFormat.Json => logging.AddJsonConsole(static console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ")),
            LogFormat.Systemd => logging.AddSystemdConsole(),
            _ => logging.AddSimpleConsole(static console => console.SingleLine = true),
        };

        // Whoever reads the output may have stopped doing so: an event loop never waits for him. 2,500 entries wait (the console's default), further ones are left out, and it says how many.
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
    }
}
