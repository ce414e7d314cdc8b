using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sockeye.Host.Administration;

/// <summary>How one thing stands that health is made of.</summary>
/// <param name="Name">One of <see cref="HealthRules.Names"/>.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Reason">Why it is not, or what else is to be known of it.</param>
internal sealed record HealthFinding(string Name, bool Ok, string? Reason);

/// <summary>The answer to a probe.</summary>
/// <param name="Status"><see cref="Fine"/>, <see cref="Degraded"/> or <see cref="Failing"/>.</param>
/// <param name="Checks">What that is made of; null for whoever may not administer.</param>
internal sealed record HealthReport(string Status, IReadOnlyList<HealthFinding>? Checks)
{
    /// <summary>All is as it should be.</summary>
    public const string Fine = "ok";

    /// <summary>Something is not, and the probe does not fail on it.</summary>
    public const string Degraded = "degraded";

    /// <summary>The probe fails.</summary>
    public const string Failing = "failing";

    /// <summary>The status of HTTP.</summary>
    [JsonIgnore]
    public int StatusCode => Status == Failing ? 503 : 200;

    /// <summary>Puts a report together.</summary>
    /// <param name="checks">What was found.</param>
    /// <param name="failsOn">The names of the checks that fail the probe.</param>
    public static HealthReport Of(IReadOnlyList<HealthFinding> checks, IReadOnlyList<string> failsOn) =>
        new(checks.All(static check => check.Ok) ? Fine : checks.Any(check => !check.Ok && failsOn.Contains(check.Name)) ? Failing : Degraded, checks);

    /// <summary>What strangers get of it.</summary>
    public HealthReport WithoutReasons() => new(Status, null);
}

/// <summary>How reports are written, without reflection.</summary>
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext
{
    /// <summary>As people read it in a terminal: quotes stand as they are, since nobody puts an answer into a page.</summary>
    public static HealthJson Readable { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    });
}
