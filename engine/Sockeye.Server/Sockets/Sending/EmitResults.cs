namespace Sockeye.Server.Sockets;

/// <summary>The finished tasks of EmitAsync, one for each result, so that a call that need not wait allocates nothing.</summary>
internal static class EmitResults
{
    private static readonly Task<EmitResult>[] All = [.. Enum.GetValues<EmitResult>().Select(Task.FromResult)];

    public static Task<EmitResult> Finished(EmitResult result) => All[(int)result];
}
