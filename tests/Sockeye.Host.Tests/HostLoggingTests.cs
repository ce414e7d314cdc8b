using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Sockeye.Host.Tests;

public sealed class HostLoggingTests
{
    [Theory]
    [InlineData(null, ConsoleFormatterNames.Simple)]
    [InlineData("text", ConsoleFormatterNames.Simple)]
    [InlineData("Json", ConsoleFormatterNames.Json)]
    [InlineData("SYSTEMD", ConsoleFormatterNames.Systemd)]
    public void The_format_is_the_one_that_is_asked_for_and_nobody_waits_for_who_does_not_read(string? format, string formatter)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(HostLogging.FormatKey, format)]).Build();
        using var services = new ServiceCollection().AddLogging(logging => HostLogging.Add(logging, settings)).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value;
        Assert.Equal((formatter, ConsoleLoggerQueueFullMode.DropWrite), (options.FormatterName, options.QueueFullMode));
    }
}
