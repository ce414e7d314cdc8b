using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Sockeye.Hosting.Tests;

public sealed class DevelopmentTests
{
    [Theory]
    [InlineData("Development", null, true)]
    [InlineData("Production", null, false)]
    [InlineData("Development", "false", false)]
    [InlineData("Production", "true", true)]
    public async Task A_host_says_whether_it_is_development_and_the_configuration_has_the_last_word(string environment, string? configured, bool isDevelopment)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Sockeye:Urls", (string?)"http://127.0.0.1:0")]);
        if (configured is not null)
        {
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Sockeye:Development", (string?)configured)]);
        }

        var seen = !isDevelopment;
        builder.AddSockeye(sockeye => sockeye.Configure(server => seen = server.Options.Development));
        using var host = builder.Build();
        await using var server = host.Services.GetRequiredService<SockeyeServer>();
        Assert.Equal(isDevelopment, seen);
    }
}
