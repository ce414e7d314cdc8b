using System.Diagnostics.CodeAnalysis;

namespace Sockeye;

/// <summary>A class whose methods handle what comes from sockets; <c>AddHandlers</c> puts it on a server or a namespace.</summary>
/// <typeparam name="TSelf">The class itself.</typeparam>
/// <remarks>
/// <para><b>Lifetime.</b> A <see cref="HandlerScope"/> says how long an object of it lives. One that is disposable is disposed where its handlers run.</para>
/// <para><b>Threads.</b> It is made where the handlers of its socket run, and only when one of them is called. What its constructor throws is a failure of that handler.</para>
/// <para>No reflection is needed, so it works trimmed and as Native AOT.</para>
/// </remarks>
public interface ISocketHandlers<TSelf>
    where TSelf : class, ISocketHandlers<TSelf>
{
    /// <summary>Says which method handles what. Called once for each <c>AddHandlers</c>.</summary>
    /// <param name="map">Where the methods are registered.</param>
    [SuppressMessage("Design", "CA1000", Justification = "It is implemented, and never called by users.")]
    static abstract void Map(HandlerMap<TSelf> map);
}
