namespace Sockeye.Host.Doctor;

/// <summary>What is wanted from the machine, and what one connection costs it.</summary>
/// <param name="Connections">Connections at one time.</param>
/// <param name="Loops">Event loops that the server will run.</param>
/// <param name="Backlog">Connections that the engine asks the kernel to hold until they are accepted.</param>
/// <param name="Operators">Connections that the listener of operators may have beside those; 0: there is none.</param>
internal sealed record Demand(int Connections, int Loops, int Backlog, int Operators = 0)
{
    /// <summary>Descriptors beside the connections: the runtime, logs, listeners, two for each loop, what plugins open.</summary>
    public const int OtherFiles = 256;

    /// <summary>Memory of the process without connections: runtime, compiled code, pools.</summary>
    public const long ProcessBytes = 64L << 20;

    /// <summary>Memory of the process for one idle connection with one socket and its room.</summary>
    public const long BytesPerConnection = 2048;

    /// <summary>Memory of the kernel for one idle connection: socket, file, entry in the epoll set.</summary>
    public const long KernelBytesPerConnection = 4096;

    /// <summary>Pages that a connection holds in TCP's buffers while bytes are under way in both directions.</summary>
    public const int TcpPagesPerConnection = 2;

    /// <summary>The most loops that the server makes unless it is told how many.</summary>
    private const int MostLoops = 64;

    /// <summary>Descriptors that are not there for clients.</summary>
    public long FilesBeside => (long)Operators + OtherFiles;

    public long Files => Connections + FilesBeside;

    public long MemoryBytes => ProcessBytes + (Connections * (BytesPerConnection + KernelBytesPerConnection));

    public long TcpPages => (long)Connections * TcpPagesPerConnection;

    /// <summary>What a server with these options may need.</summary>
    /// <param name="options">Of the server for clients.</param>
    /// <param name="operators">Connections of operators at one time.</param>
    public static Demand Of(SockeyeServerOptions options, int operators) =>
        new(options.MaxConnections, options.EventLoops ?? Math.Min(Environment.ProcessorCount, MostLoops), options.Backlog, operators);
}

/// <summary>The collector's settings of this process, as the runtime names them.</summary>
/// <param name="IsServer">One heap for each processor.</param>
/// <param name="IsConcurrent">A thread of its own for full collections.</param>
/// <param name="ConserveMemory">0 to 9.</param>
internal sealed record Collector(bool IsServer, bool IsConcurrent, long ConserveMemory)
{
    public static Collector Read()
    {
        var variables = GC.GetConfigurationVariables();
        return new Collector(
            System.Runtime.GCSettings.IsServerGC,
            variables.GetValueOrDefault("ConcurrentGC") is true,
            variables.GetValueOrDefault("GCConserveMem") is long conserve ? conserve : 0);
    }
}
