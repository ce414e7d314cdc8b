using System.Diagnostics;

namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>Where the handlers of a fuzzed server run.</summary>
internal enum FuzzThread
{
    Loop,
    Pool,
    GameLoop,
}

/// <summary>How a hook of a fuzzed server decides.</summary>
internal enum FuzzHook
{
    None,
    AtOnce,
    NextTurn,
    Gate,
    Fail,
}

/// <summary>The options of one conversation that change the paths through the engine. Drawn from its seed. Does not change.</summary>
internal sealed record FuzzPlan
{
    public int Loops { get; init; }

    public FuzzThread Thread { get; init; }

    public HandlerOrder Order { get; init; }

    public FuzzHook AllowRequest { get; init; }

    public FuzzHook Middleware { get; init; }

    public FuzzHook GenerateId { get; init; }

    public bool SmallOutbox { get; init; }

    public OutboxPolicy WhenFull { get; init; }

    public bool SmallBudget { get; init; }

    public bool SmallLimits { get; init; }

    /// <summary>Whether a handler of the application's stands in each pipeline, so that nothing goes past it.</summary>
    public bool OwnPipeline { get; init; }

    /// <summary>What handlers of connections and disconnections await.</summary>
    public FuzzHook Lifecycle { get; init; }

    /// <summary>Whether sockets move between game loops, which end under them, and where they belong.</summary>
    public bool Moves { get; init; }

    /// <summary>Whether the end of a socket waits for its handlers however long they take. Always for those on the thread pool: a clock moved by hand outruns it, and takes each
    /// handler there for one that does not end.</summary>
    public bool IsPatient => Thread == FuzzThread.Pool || (Moves && Loops % 2 == 0);

    public static FuzzPlan Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new FuzzPlan
        {
            Loops = random.Next(1, 5),
            Thread = random.Next(8) switch { 0 => FuzzThread.Pool, 1 or 2 => FuzzThread.GameLoop, _ => FuzzThread.Loop },
            Order = random.Next(4) == 0 ? HandlerOrder.Concurrent : HandlerOrder.Serial,
            AllowRequest = Hook(),
            Middleware = Hook(),
            GenerateId = Hook(),
            SmallOutbox = random.Next(4) == 0,
            WhenFull = (OutboxPolicy)random.Next(1, 6),
            SmallBudget = random.Next(8) == 0,
            SmallLimits = random.Next(4) == 0,
            OwnPipeline = random.Next(4) == 0,
            Lifecycle = Hook(),
            Moves = random.Next(3) == 0,
        };

        FuzzHook Hook() => random.Next(2) == 0 ? FuzzHook.None : (FuzzHook)random.Next(1, 5);
    }
}

/// <summary>How long and from which seed the fuzzer runs. By hand: the environment says it.</summary>
internal static class FuzzRun
{
    /// <summary>A seed whose conversation is repeated alone, once or for the time that is given too.</summary>
    private const string SeedVariable = "SOCKEYE_FUZZ_SEED";

    /// <summary>Seconds for each test in place of its own.</summary>
    private const string SecondsVariable = "SOCKEYE_FUZZ_SECONDS";

    /// <summary>Holds conversations until the time is over and they went far. Of a seed that was given only that one is held.</summary>
    /// <param name="seconds">For how long, if nobody says otherwise.</param>
    /// <param name="wentFar">Whether enough was reached for the run to mean something; on a busy machine that takes longer.</param>
    /// <param name="converse">Holds a conversation with a plan, both drawn from the seed.</param>
    public static async Task RunAsync(double seconds, Func<bool> wentFar, Func<FuzzPlan, Random, Task> converse)
    {
        ArgumentNullException.ThrowIfNull(wentFar);
        ArgumentNullException.ThrowIfNull(converse);
        var watch = Stopwatch.StartNew();
        if (Read(SeedVariable) is { } given)
        {
            do
            {
                await OneAsync((int)given, converse);
            }
            while (watch.Elapsed.TotalSeconds < Read(SecondsVariable));

            return;
        }

        seconds = Read(SecondsVariable) ?? seconds;
        var first = Random.Shared.Next();
        var seed = first;
        while (watch.Elapsed.TotalSeconds < seconds || (!wentFar() && watch.Elapsed.TotalSeconds < seconds + 60))
        {
            await OneAsync(seed, converse);
            seed = seed == int.MaxValue ? 0 : seed + 1;
        }

        Console.WriteLine($"{seed - (long)first} fuzzed conversations in {watch.Elapsed.TotalSeconds:0.0} s from seed {first} on ({SeedVariable} repeats one, {SecondsVariable} lengthens the run)");
    }

    private static async Task OneAsync(int seed, Func<FuzzPlan, Random, Task> converse)
    {
        var random = new Random(seed);
        var plan = FuzzPlan.Draw(random);
        try
        {
            await converse(plan, random);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The conversation of seed {seed} went wrong; {SeedVariable}={seed} repeats it. {plan}: {e.Message}", e);
        }
    }

    private static double? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
}
