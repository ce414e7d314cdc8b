using Microsoft.Extensions.Logging;

namespace Sockeye.Host.Doctor;

/// <summary>Holds a server that starts to what the machine allows.</summary>
internal static class MachineLimits
{
    /// <summary>
    /// Says in one line when the machine allows fewer connections than the options, and takes no more than there are descriptors for: a
    /// process that has none left can neither load code nor stop cleanly.
    /// </summary>
    /// <param name="builder">Of the server for clients.</param>
    /// <param name="operators">Connections that operators may have beside it.</param>
    public static void Apply(SockeyeBuilder builder, int operators)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var machine = Machine.Read(new SystemFiles("/"));
        var demand = Demand.Of(builder.Options, operators);
        if (Examination.Warning(machine, demand, Collector.Read()) is { } warning && builder.LoggerFactory is { } loggers)
        {
            var (logger, level) = (loggers.CreateLogger("Sockeye.Host"), LevelOf(machine, demand));
            HostLog.Machine(logger, level, warning);
        }

        Hold(builder.Options, machine, demand);
    }

    /// <summary>How loudly to say that fewer connections fit: nobody has asked for the default, so that it does not fit is no fault, unless no client has a descriptor.</summary>
    public static LogLevel LevelOf(Machine machine, Demand demand) =>
        demand.Connections == new SockeyeServerOptions().MaxConnections && ConnectionRules.OpenFiles(machine, demand).Allows is not 0 ? LogLevel.Information : LogLevel.Warning;

    /// <summary>Takes no more connections than there are descriptors for.</summary>
    /// <param name="options">Of the server for clients.</param>
    /// <param name="operators">Connections that operators may have beside it.</param>
    public static void Hold(SockeyeServerOptions options, int operators)
    {
        if (OperatingSystem.IsLinux())
        {
            Hold(options, Machine.Read(new SystemFiles("/")), Demand.Of(options, operators));
        }
    }

    private static void Hold(SockeyeServerOptions options, Machine machine, Demand demand)
    {
        if (ConnectionRules.OpenFiles(machine, demand).Allows is { } allows && allows < demand.Connections)
        {
            options.MaxConnections = (int)Math.Max(1, allows);
        }
    }
}
