using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sockeye.Hosting;

/// <summary>Health checks of servers that were added with <c>AddSockeye</c>.</summary>
public static class SockeyeHealthCheckExtensions
{
    /// <summary>Checks that the server takes clients: it listens, was not asked to end, and each of its event loops comes round in time.</summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What it says if the server does not; null: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Its tags; null: none.</param>
    /// <param name="timeout">How long an event loop may take to come round; null: 5 s.</param>
    /// <param name="key">The key of the server, if it was added with <c>AddKeyedSockeye</c>; null: the first one.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is not above 0.</exception>
    public static IHealthChecksBuilder AddSockeye(
        this IHealthChecksBuilder builder, string name = "sockeye", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null, string? key = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var patience = timeout ?? TimeSpan.FromSeconds(5);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(patience, TimeSpan.Zero, nameof(timeout));
        return builder.Add(new HealthCheckRegistration(
            name,
            services => new SockeyeHealthCheck(key is null ? services.GetRequiredService<SockeyeServer>() : services.GetRequiredKeyedService<SockeyeServer>(key), patience),
            failureStatus,
            tags));
    }
}
