using Sockeye.Abstractions.Sockets;
using Sockeye.Server.Hooks;

namespace Sockeye.Server.Sockets;

/// <summary>A stretch in which this thread uses what is registered on a namespace: a generation of a plugin that goes meanwhile is not disposed before it is over.</summary>
/// <remarks>On the stack of one thread. What awaits is counted by the sets themselves (<see cref="CallCount"/>). Without plugins it is a look at the table.</remarks>
internal readonly ref struct HandlerUse
{
    private readonly HookThread? _thread;

    private HandlerUse(NamespaceHandlers[] sets, HookThread? thread)
    {
        Sets = sets;
        _thread = thread;
    }

    /// <summary>What is registered, in the order in which it runs.</summary>
    public NamespaceHandlers[] Sets { get; }

    public static HandlerUse Of(SocketNamespace nsp)
    {
        var table = nsp.Table;
        if (table.Plugins.Length == 0)
        {
            return new HandlerUse(table.Sets, null);
        }

        // Read again: only what is read inside counts as used.
        var thread = HookThread.Current;
        var began = thread.EnterSection();
        return new HandlerUse(nsp.HandlerSets, began ? thread : null);
    }

    public void Dispose() => _thread?.LeaveSection(began: true);
}
