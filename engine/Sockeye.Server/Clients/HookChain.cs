using Sockeye.Server.Common;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Clients;

/// <summary>The hooks that are asked one after the other, over turns of a loop: those of one snapshot, all of which count as called until the last has answered.</summary>
internal static class HookChain
{
    public static HookEntry<THook>[] Begin<THook>(ServerContext server, Func<PluginHooks, HookEntry<THook>[]> of)
        where THook : class
    {
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        var entries = of(server.Hooks);
        foreach (var entry in entries)
        {
            entry.Guard.BeginPending();
        }

        thread.LeaveSection(began);
        return entries;
    }

    public static void End<THook>(HookEntry<THook>[] entries)
        where THook : class
    {
        foreach (var entry in entries)
        {
            entry.Guard.EndPending();
        }
    }
}
