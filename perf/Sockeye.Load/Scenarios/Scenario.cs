namespace Sockeye.Load;

/// <summary>One run of one benchmark against one server.</summary>
internal abstract class Scenario(Target target) : Driver(target)
{
    /// <summary>Opens what it needs, runs uncounted for <paramref name="warmUp"/> and counted for <paramref name="length"/>.</summary>
    public abstract Measurement Run(TimeSpan warmUp, TimeSpan length);
}
