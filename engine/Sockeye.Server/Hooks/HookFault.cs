namespace Sockeye.Server.Hooks;

/// <summary>What a hook has done that counts against its plugin.</summary>
internal enum HookFault : byte
{
    /// <summary>It has thrown.</summary>
    Threw,

    /// <summary>It has held its thread for longer than its budget, and not in its first call.</summary>
    Overran,

    /// <summary>It has answered later than it may.</summary>
    Late,

    /// <summary>It has not returned.</summary>
    Blocked,

    /// <summary>What it has decided cannot be done.</summary>
    BadVerdict,

    /// <summary>It has thrown at a changed configuration, and keeps what it had.</summary>
    NotConfigured,

    /// <summary>So much waits for it that something was left out.</summary>
    Behind,
}

/// <summary>Hears of the faults of hooks: the log and the metrics of the server.</summary>
internal interface IHookFaults
{
    /// <summary>A hook has failed. Any thread.</summary>
    /// <param name="guard">Which.</param>
    /// <param name="fault">How.</param>
    /// <param name="failure">What it has thrown; null: nothing.</param>
    void HookFaulted(HookGuard guard, HookFault fault, Exception? failure);

    /// <summary>A hook has held its thread for longer than its budget, in its first call, which is no fault. Any thread.</summary>
    /// <param name="guard">Which.</param>
    /// <param name="milliseconds">How long.</param>
    void HookWasCold(HookGuard guard, long milliseconds);

    /// <summary>The circuit of a hook has opened, or is whole again. Any thread.</summary>
    void CircuitChanged(HookGuard guard, bool isOpen);
}
