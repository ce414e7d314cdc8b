using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Settings;
using Sockeye.Plugin.Auth.Sources;

namespace Sockeye.Plugin.Auth;

/// <summary>A section of the plugin, to be tried with tokens of one's own: no server is needed. May be used from any thread.</summary>
/// <remarks>Sources with keys decide, and fetch those that stand at an address; services and the bus are not asked. What a server knows while it runs, such as revoked tokens, is not known here. The command <c>Sockeye.Host token inspect</c> prints what it says (docs/auth.md).</remarks>
public sealed class AuthTrial
{
    private readonly AuthSettings _settings;

    private AuthTrial(AuthSettings settings) => _settings = settings;

    /// <summary>Reads and checks a section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="FormatException">It has faults; each is a line that begins with its path.</exception>
    public static AuthTrial Load(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new AuthTrial(AuthPlugin.Read(section).Settings);
    }

    /// <summary>Says of each source, in their order, what it says of a token, and whether a client that brings it would be let in.</summary>
    /// <param name="token">The token.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <returns>Whether it would be, as far as is known here, and the lines; nothing of a key or of the signature stands there.</returns>
    public async Task<(bool IsLetIn, IReadOnlyList<string> Lines)> AskAsync(string token, string nsp = "/", CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(token);
        ArgumentNullException.ThrowIfNull(nsp);
        if (token.Length > TokenReader.MaxTokenLength)
        {
            return (false, [string.Create(CultureInfo.InvariantCulture, $"refused: it has {token.Length} characters, of which there may be {TokenReader.MaxTokenLength}")]);
        }

        List<string> lines = [];
        var rule = _settings.RuleOf(nsp);
        foreach (var plan in _settings.Sources.Where(plan => rule?.Sources is not { } asked || asked.Contains(plan.Name)))
        {
            if (plan.AsksOthers)
            {
                lines.Add($"source {plan.Name}: would be asked by the server, and is not asked here; the sources behind it come only where it says next");
                continue;
            }

            var outcome = await AskAsync(plan, token, nsp, lines, cancellationToken).ConfigureAwait(false);
            if (outcome.IsNext || (outcome.Code == AuthCode.Unavailable && plan.GoesOn))
            {
                lines.Add($"source {plan.Name}: next: {plan.WhyNext}");
                continue;
            }

            lines.Add($"source {plan.Name}: {(outcome.IsAllowed ? Describe(outcome.Identity!) : $"refused, {outcome.Code}: {outcome.Detail}")}");
            return (outcome.IsAllowed, lines);
        }

        lines.Add($"refused, {AuthCode.InvalidToken}: no source that was asked for {LogText.Escape(nsp)} knows the token");
        return (false, lines);
    }

    private async Task<AuthOutcome> AskAsync(SourcePlan plan, string token, string nsp, List<string> lines, CancellationToken cancellationToken)
    {
        var source = plan.Make(new SourceServices(TimeProvider.System, new LineLogger(lines), null!, new GrantMaker(_settings.Roles, new CompiledRules())));
        await using (source.ConfigureAwait(false))
        {
            await source.StartAsync(cancellationToken).ConfigureAwait(false);
            return await source.DecideAsync(new AuthAttempt(nsp, "127.0.0.1", token, TokenPlace.Payload), cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Describe(SocketIdentity identity)
    {
        var until = identity.ExpiresAt is { } expiry ? string.Create(CultureInfo.InvariantCulture, $" until {expiry.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : "";
        var may = identity.Access is { } access ? $"; it may {(access.Permissions.Count == 0 ? "nothing" : string.Join(", ", access.Permissions.Select(static permission => $"\"{LogText.Escape(permission)}\"")))}" : "";
        return $"good, let in as \"{LogText.Escape(identity.Subject)}\"{until}{may}";
    }

    /// <summary>What goes wrong with keys stands among the lines.</summary>
    private sealed class LineLogger(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lock (lines)
                {
                    lines.Add(formatter(state, exception));
                }
            }
        }
    }
}
