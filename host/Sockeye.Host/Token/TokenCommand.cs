using Sockeye.Hosting;

namespace Sockeye.Host.Token;

/// <summary><c>Sockeye.Host token hash</c>, <c>token issue</c> and <c>token inspect</c>: what settings have in the place of a secret, tokens for development, and what the server says of one. Keys are never shown.</summary>
internal static class TokenCommand
{
    public const string Name = "token";

    public const string IssueUsage = "token issue --key FILE|--secret-env VARIABLE --sub NAME [--alg HS256] [--expires 1h] [--claim NAME=VALUE]... [--issuer NAME] [--audience NAME] [--kid ID]";

    public const string HashUsage = "token hash [--password [--cost 12]] < FILE";

    public const string InspectUsage = "token inspect TOKEN|- [--namespace /] [settings]";

    public static string Help { get; } = $"""
        usage: {HostHelp.Name} {HashUsage}
               {HostHelp.Name} {IssueUsage}
               {HostHelp.Name} {InspectUsage}

        hash reads a secret from standard input, hidden where it is typed, and prints what settings have in its place: the SHA-256 of a token
        for Administration:Tokens, for the Sha256 of an API key and the AdminKeySha256 of the plugin auth; with --password the bcrypt hash of
        a password for Administration:Users. The end of the line does not count.

        issue prints a signed JSON Web Token for development. The key is a file with a private key as PEM, or with a secret; or an environment
        variable with a secret. The algorithm is that of the key unless --alg names another that it is good for: HS256 for a secret, RS256, ES256.
        --expires takes 90s, 30m, 1h, 7d or 00:30:00. A claim that reads as JSON is JSON, any other a text; one that comes twice is a list.

        inspect prints header, claims and times of a token, - reads it from standard input, and says what the plugin auth of the settings says of it:
        signature, expiry, issuer. Keys at an address are fetched as the server fetches them; services that the plugin would ask are not asked.
        Ends with 0 when the server would let it in, 1 when it would not; without a plugin auth with 0 for a JSON Web Token; else with 2.

          openssl rand -base64 33 | tr '+/' '-_' > token.txt; {HostHelp.Name} token hash < token.txt
          {HostHelp.Name} token hash --password
          {HostHelp.Name} token issue --secret-env SECRET --sub ann --claim roles='["member"]' --expires 8h
          {HostHelp.Name} token issue --key private.pem --sub ann --issuer https://login.example --audience chat
          {HostHelp.Name} token inspect - --config production.json < token.txt
        """;

    /// <param name="args">What follows the command.</param>
    /// <param name="input">Where <c>-</c> and <c>hash</c> read from.</param>
    /// <param name="output">Where hash, token and report go.</param>
    /// <returns>0; 1 when the server would refuse the token that is inspected; 2 when there is no plugin auth and it is no JSON Web Token.</returns>
    /// <exception cref="HostConfigurationException">An argument, the key or the settings are at fault.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextReader input, TextWriter output)
    {
        string[] rest = [.. args.Skip(1)];
        switch (args is [var first, ..] ? first : null)
        {
            case "hash":
                TokenHash.Run(rest, input, output);
                return 0;
            case "issue":
                output.WriteLine(TokenOrder.Parse(rest).Sign(DateTimeOffset.UtcNow));
                return 0;
            case "inspect":
                return await TokenInspection.RunAsync(rest, input, output);
            default:
                var asked = args.Count == 0 ? "'token' has three commands" : $"'token {args[0]}' is no command; {OptionSuggestion.For(args[0], ["hash", "issue", "inspect"], [], "there are hash, issue and inspect")}";
                throw new HostConfigurationException($"{asked}: {HashUsage}; {IssueUsage}; {InspectUsage}");
        }
    }
}
