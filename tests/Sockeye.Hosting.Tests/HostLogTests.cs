using System.Text.Json;

namespace Sockeye.Hosting.Tests;

public sealed class HostLogTests
{
    [Fact]
    public async Task As_JSON_each_entry_is_an_object_with_its_id_and_its_values()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --LogFormat json");
        var address = (await host.AddressAsync)["http://".Length..];
        await host.LineAsync("{\"Timestamp\":");
        var entries = host.Output.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonDocument.Parse(line).RootElement);
        var entry = entries.First(static entry => entry.GetProperty("EventId").GetInt32() == 1200);
        Assert.Equal("Sockeye.EngineIO", entry.GetProperty("Category").GetString());
        Assert.Equal(address, entry.GetProperty("State").GetProperty("EndPoint").GetString());
    }

    [Fact]
    public async Task As_JSON_standard_output_has_nothing_but_entries()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --LogFormat json");
        await host.LineAsync("The playground page is ");
        await host.LineAsync("{\"Timestamp\":");
        Assert.NotEmpty(host.StandardOutput);
        Assert.All(host.StandardOutput, static line => JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task A_format_that_does_not_exist_ends_the_start_with_those_that_do()
    {
        using var host = HostProcess.Start("--LogFormat xml");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains("LogFormat: 'xml' is not one of Text, Json, Systemd (by an argument)", host.Output, StringComparison.Ordinal);
    }
}
