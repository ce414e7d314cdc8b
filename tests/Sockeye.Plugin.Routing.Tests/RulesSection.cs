using System.Text;
using Microsoft.Extensions.Configuration;

namespace Sockeye.Plugin.Routing.Tests;

/// <summary>The section of the plugin, as a host makes it of its settings.</summary>
internal static class RulesSection
{
    public static IConfigurationSection Of(string json) => new ConfigurationBuilder()
        .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes($"{{\"routing\":{json}}}")))
        .Build()
        .GetSection("routing");
}
