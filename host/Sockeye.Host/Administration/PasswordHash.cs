using BCrypt.Net;

namespace Sockeye.Host.Administration;

/// <summary>Passwords as the configuration has them: bcrypt, with the cost inside.</summary>
internal static class PasswordHash
{
    /// <summary>The least cost that is taken: below it a stolen hash is guessed in hours (OWASP's password storage cheat sheet: 10 or more).</summary>
    public const int MinCost = 10;

    /// <summary>The largest cost that is taken. Own: one more doubles the second that a login takes.</summary>
    public const int MaxCost = 14;

    /// <summary>Checked for a user that does not exist, so that he takes as long as one who does.</summary>
    public static string Nobody { get; } = BCrypt.Net.BCrypt.HashPassword(Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)), MinCost);

    /// <summary>What is wrong with a hash, the end of a sentence without the hash; null if nothing is.</summary>
    public static string? Fault(string hash)
    {
        try
        {
            var cost = BCrypt.Net.BCrypt.InterrogateHash(hash).WorkFactor;
            return !int.TryParse(cost, out var number) ? NoHash
                : number is < MinCost or > MaxCost ? $"has the cost {number}; it has to be {MinCost} to {MaxCost}"
                : null;
        }
        catch (Exception e) when (e is HashInformationException or SaltParseException or ArgumentException)
        {
            return NoHash;
        }
    }

    /// <summary>Whether a password is the one; takes a good part of a second, on purpose.</summary>
    public static bool Verify(string password, string hash) => BCrypt.Net.BCrypt.Verify(password, hash);

    /// <summary>The hash of a password.</summary>
    public static string Make(string password, int cost) => BCrypt.Net.BCrypt.HashPassword(password, cost);

    private static string NoHash => $"is not the bcrypt hash of a password ($2b$12$ and so on): {HostHelp.Name} token hash --password makes one";
}
