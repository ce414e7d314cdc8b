using Microsoft.Extensions.Configuration;

namespace Sockeye.Host;

/// <summary>Where the host's settings come from; a later source wins: what the host itself wants, the file beside the executable, the file in the working folder or the one
/// named by <c>--config</c>, environment variables that begin with <c>SOCKEYE_</c>, arguments.</summary>
internal static class HostConfiguration
{
    public const string FileName = "sockeye.json";
    public const string EnvironmentPrefix = "SOCKEYE_";

    /// <summary>The process is the server's alone, so it gives memory back; an application that embeds the engine decides for itself.</summary>
    public const string IdleTrim = "00:00:10";

    /// <summary>Top-level keys that are not options of the server.</summary>
    public static readonly string[] OwnKeys = ["Playground", "Logging", "Plugins", "Config"];

    /// <exception cref="HostConfigurationException">An argument is not of the form <c>--key value</c> or <c>--key=value</c>, or the named file is missing.</exception>
    public static IConfigurationRoot Read(string[] args)
    {
        foreach (var (argument, index) in args.Select((argument, index) => (argument, index)))
        {
            var isKey = argument.StartsWith("--", StringComparison.Ordinal);
            var isValue = index > 0 && args[index - 1].StartsWith("--", StringComparison.Ordinal) && !args[index - 1].Contains('=', StringComparison.Ordinal);
            if (!isKey && !isValue)
            {
                throw new HostConfigurationException($"'{argument}' is no setting; write --key value, for example --urls http://127.0.0.1:3000 (--help lists the keys)");
            }

            if (isKey && !argument.Contains('=', StringComparison.Ordinal) && (index + 1 == args.Length || args[index + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                throw new HostConfigurationException($"'{argument}' has no value; write {argument} value");
            }
        }

        var named = new ConfigurationBuilder().AddCommandLine(args).Build()["Config"];
        if (named is not null && !File.Exists(named))
        {
            throw new HostConfigurationException($"the configuration file '{named}' does not exist");
        }

        return new ConfigurationBuilder()
            .AddInMemoryCollection([new("IdleTrim", IdleTrim)])
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, FileName), optional: true)
            .AddJsonFile(Path.GetFullPath(named ?? FileName), optional: named is null)
            .AddEnvironmentVariables(EnvironmentPrefix)
            .AddCommandLine(args)
            .Build();
    }

    /// <summary>Whether the playground page and its events are served. Default false; the file beside the executable says true.</summary>
    /// <exception cref="HostConfigurationException">The value is neither true nor false.</exception>
    public static bool Playground(IConfiguration configuration) => configuration["Playground"] is not { } text ? false
        : bool.TryParse(text, out var value) ? value
        : throw new HostConfigurationException($"Playground: '{text}' is not true or false");
}

/// <summary>The way the host was called is at fault; the message is for the operator.</summary>
internal sealed class HostConfigurationException(string message) : Exception(message);
