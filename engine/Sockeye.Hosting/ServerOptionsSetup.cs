using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sockeye.Hosting;

/// <summary>The options of one server of a host: from its environment and configuration, before what <c>Configure&lt;SockeyeServerOptions&gt;</c> says; checked when all have spoken.</summary>
/// <remarks>Faults of the configuration wait for those of the check, so that all are told together.</remarks>
internal sealed class ServerOptionsSetup(SockeyeHostBuilder host, IServiceProvider services) : IConfigureNamedOptions<SockeyeServerOptions>, IValidateOptions<SockeyeServerOptions>
{
    private static readonly ConditionalWeakTable<SockeyeServerOptions, List<string>> Faults = [];

    public void Configure(SockeyeServerOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, SockeyeServerOptions options)
    {
        if (name != host.OptionsName)
        {
            return;
        }

        if (services.GetService(typeof(IHostEnvironment)) is IHostEnvironment environment)
        {
            options.Development = environment.IsDevelopment();
        }

        if (host.SectionOf(services) is { } section)
        {
            Faults.Add(options, OptionBinding.Bind(section, options, host.ForeignKeys));
        }
    }

    public ValidateOptionsResult Validate(string? name, SockeyeServerOptions options)
    {
        if (name != host.OptionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> faults = [.. Faults.TryGetValue(options, out var found) ? found : [], .. options.Validate()];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
