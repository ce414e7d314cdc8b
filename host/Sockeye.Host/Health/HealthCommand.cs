using System.Net;
using Microsoft.Extensions.Configuration;
using Sockeye.EngineIO.Http;
using Sockeye.Host.Administration;

namespace Sockeye.Host.Health;

/// <summary>Asks the host on this machine whether it is ready, by its listener for operators: for containers without a shell, and for whoever has the same settings at hand.</summary>
internal static class HealthCommand
{
    public const string Name = "health";

    /// <summary>How long the answer is waited for. Own: as long as a probe may take, with a second more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="args">Settings, as at the start.</param>
    /// <param name="output">Where the answer goes.</param>
    /// <param name="error">Where it goes why there is none.</param>
    /// <returns>0: it is ready; 1: it is not, or does not answer.</returns>
    /// <exception cref="HostConfigurationException">There is no listener for operators.</exception>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var address = Address(HostConfiguration.Read(args));
        using HttpClient http = new() { Timeout = Patience };
        try
        {
            using var answer = http.Send(new HttpRequestMessage(HttpMethod.Get, $"http://{address}/readyz"));
            using StreamReader body = new(answer.Content.ReadAsStream());
            output.WriteLine(body.ReadToEnd().TrimEnd());
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            error.WriteLine($"{HostHelp.Name}: no answer from {address} within {Patience.TotalSeconds} s: {failure.Message}");
            return 1;
        }
    }

    /// <summary>Where this machine reaches the listener: the first of its urls, and by loopback where that is all addresses.</summary>
    internal static IPEndPoint Address(IConfiguration settings)
    {
        var administration = AdministrationSettings.Read(settings)
            ?? throw new HostConfigurationException($"there is no section {AdministrationSettings.Section}, so the host has no listener that says how it is; --admin turns it on, also here");
        var urls = administration.Configuration[nameof(SockeyeServerOptions.Urls)]?.Split(';')
            ?? administration.Configuration.GetSection(nameof(SockeyeServerOptions.Urls)).GetChildren().Select(static url => url.Value ?? "");
        var endPoint = ServerUrl.Parse(urls.FirstOrDefault(static url => url.Length > 0)?.Trim() ?? AdministrationSettings.DefaultUrl)[0];
        return new IPEndPoint(
            endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address, endPoint.Port);
    }
}
