using System.Globalization;
using BCrypt.Net;

namespace Sockeye.Host.Administration;

/// <summary>Passwords as the configuration has them: bcrypt, with the cost inside.</summary>
internal static class PasswordHash
{
    /// <summary>The least cost that is taken: below it a stolen hash is guessed in hours (OWASP's password storage cheat sheet: 10 or more).</summary>
    public const int MinCost = 10;

    /// <summary>The largest cost that is taken. Own: one more doubles the second that a login takes.</summary>
    public const int MaxCost = 14;

    /// <summary>Of no password that anybody has, with the least cost.</summary>
    public static string Nobody { get; } = BCrypt.Net.BCrypt.HashPassword(Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)), MinCost);

    /// <summary>What is wrong with a hash, the end of a sentence without the hash; null if nothing is.</summary>
    public static string? Fault(string hash)
    {
        try
        {
            var cost = Cost(hash);
            return cost is < MinCost or > MaxCost ? $"has the cost {cost}; it has to be {MinCost} to {MaxCost}" : null;
        }
        catch (Exception e) when (e is HashInformationException or SaltParseException or ArgumentException or FormatException)
        {
            return NoHash;
        }
    }

    /// <summary>The cost of a hash: one more takes twice as long.</summary>
    public static int Cost(string hash) => int.Parse(BCrypt.Net.BCrypt.InterrogateHash(hash).WorkFactor, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Whether a password is the one; takes a good part of a second, on purpose.</summary>
    public static bool Verify(string password, string hash) => BCrypt.Net.BCrypt.Verify(password, hash);

    /// <summary>The hash of a password.</summary>
    public static string Make(string password, int cost) => BCrypt.Net.BCrypt.HashPassword(password, cost);

    private static string NoHash => $"is not the bcrypt hash of a password ($2a$12$ and so on): {HostHelp.Name} token hash --password makes one";
}
