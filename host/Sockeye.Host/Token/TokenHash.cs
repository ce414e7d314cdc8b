using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sockeye.Host.Administration;
using Sockeye.Hosting;

namespace Sockeye.Host.Token;

/// <summary>Makes of a secret what settings have in its place. It is read from standard input, never from an argument: those are seen by every user of the machine and kept by shells. It has no state.</summary>
internal static class TokenHash
{
    /// <summary>Characters of a secret at most. Own: far more than anybody has, and a file that was meant for something else is told.</summary>
    public const int MaxLength = 4096;

    /// <summary>Bytes of a password that bcrypt looks at; what is behind them would not count.</summary>
    public const int MaxPasswordBytes = 72;

    private const string Password = "--password";
    private const string Cost = "--cost";

    // Own: a quarter of a second for a login.
    private const int DefaultCost = 12;

    /// <param name="args">What follows <c>hash</c>.</param>
    /// <param name="input">Where the secret comes from.</param>
    /// <param name="output">Where the hash goes, alone on a line.</param>
    /// <exception cref="HostConfigurationException">An argument is at fault, or what comes is no secret.</exception>
    public static void Run(IReadOnlyList<string> args, TextReader input, TextWriter output)
    {
        var (isPassword, cost) = Options(args);
        var secret = Encoding.UTF8.GetBytes(Read(input));
        if (!isPassword)
        {
            output.WriteLine(Convert.ToHexStringLower(SHA256.HashData(secret)));
            return;
        }

        if (secret.Length > MaxPasswordBytes)
        {
            throw new HostConfigurationException(string.Create(CultureInfo.InvariantCulture, $"the password has {secret.Length} bytes, and bcrypt looks at the first {MaxPasswordBytes} alone: take a shorter one"));
        }

        output.WriteLine(PasswordHash.Make(Encoding.UTF8.GetString(secret), cost));
    }

    private static (bool IsPassword, int Cost) Options(IReadOnlyList<string> args)
    {
        var isPassword = false;
        int? cost = null;
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == Password)
            {
                isPassword = true;
                continue;
            }

            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                // It may be a secret, so it is not repeated.
                throw new HostConfigurationException($"token hash reads the secret from standard input, and not from an argument, which others on the machine see and the shell remembers: {TokenCommand.HashUsage}");
            }

            var (key, value) = CommandOption.Take(args, ref i, TokenCommand.HashUsage);
            if (key != Cost)
            {
                throw new HostConfigurationException($"'{key}' is no option of token hash; {OptionSuggestion.For(key, [Password, Cost], [], TokenCommand.HashUsage)}");
            }

            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < PasswordHash.MinCost or > PasswordHash.MaxCost)
            {
                throw new HostConfigurationException($"{Cost}: '{value}' is not a number of {PasswordHash.MinCost} to {PasswordHash.MaxCost}");
            }

            cost = number;
        }

        return cost is null || isPassword ? (isPassword, cost ?? DefaultCost) : throw new HostConfigurationException($"{Cost} is for {Password}: SHA-256 has none");
    }

    /// <summary>A line, with or without its end.</summary>
    private static string Read(TextReader input)
    {
        var text = new char[MaxLength + 2];
        var length = input.ReadBlock(text, 0, text.Length);
        var secret = new string(text, 0, length);
        secret = secret.EndsWith("\r\n", StringComparison.Ordinal) ? secret[..^2] : secret.EndsWith('\n') ? secret[..^1] : secret;
        return secret.Length == 0 ? throw new HostConfigurationException($"there is no secret on standard input: {TokenCommand.HashUsage}")
            : secret.Length > MaxLength ? throw new HostConfigurationException(string.Create(CultureInfo.InvariantCulture, $"what comes on standard input has more than {MaxLength} characters"))
            : secret.AsSpan().IndexOfAny('\n', '\r') >= 0 ? throw new HostConfigurationException("what comes on standard input has several lines, and a secret is one")
            : secret.AsSpan().IndexOfAny('\uFFFD', '\0') >= 0 ? throw new HostConfigurationException("what comes on standard input is no text in UTF-8")
            : secret;
    }
}
