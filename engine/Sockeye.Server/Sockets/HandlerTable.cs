using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Sockets;

/// <summary>All that is registered on one namespace, as one piece: whoever takes it sees each plugin in one generation. Never changes: another one takes its place with one write.</summary>
internal sealed class HandlerTable
{
    /// <param name="plugins">What plugins have registered, in their order.</param>
    /// <param name="pattern">What the application has registered on the pattern or predicate; null: it belongs to none.</param>
    /// <param name="own">What the application has registered on the namespace alone; null: nothing.</param>
    public HandlerTable(NamespaceHandlers[] plugins, NamespaceHandlers? pattern, NamespaceHandlers? own)
    {
        Plugins = plugins;
        Pattern = pattern;
        Own = own;
        Sets = pattern is null ? own is null ? plugins : [.. plugins, own] : own is null ? [.. plugins, pattern] : [.. plugins, pattern, own];
    }

    /// <summary>Those of plugins.</summary>
    public NamespaceHandlers[] Plugins { get; }

    /// <summary>That of the pattern.</summary>
    public NamespaceHandlers? Pattern { get; }

    /// <summary>That of the namespace alone.</summary>
    public NamespaceHandlers? Own { get; }

    /// <summary>All of them, in the order in which they run: plugins guard the application, so theirs come first.</summary>
    public NamespaceHandlers[] Sets { get; }
}
