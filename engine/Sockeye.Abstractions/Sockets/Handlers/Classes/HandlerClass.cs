namespace Sockeye.Abstractions.Sockets;

/// <summary>A handler class on one target: from where its objects come for a socket.</summary>
/// <remarks>It owns the objects that it makes. Any thread. Lives as long as what it is registered on.</remarks>
internal abstract class HandlerClass<T>(BroadcastTarget target)
    where T : class
{
    private int _count;

    /// <summary>What it is registered on.</summary>
    public BroadcastTarget Target => target;

    /// <summary>A number for each of its handlers of events.</summary>
    public int NextIndex() => Interlocked.Increment(ref _count) - 1;

    /// <summary>Calls a handler of an event.</summary>
    public abstract Task? Invoke(ClassInvoker<T> handler, in EventReader e);

    /// <summary>Calls a handler of a connection.</summary>
    public abstract Task? Call(SockeyeSocket socket, Func<T, Task?> handler);

    /// <summary>Calls a handler of the disconnection.</summary>
    public virtual Task? CallLast(SockeyeSocket socket, Func<T, Task?> handler) => Call(socket, handler);

    /// <summary>Asks whether a socket may enter. It may never come to be in the namespace, so the object is made for this question alone.</summary>
    public abstract ValueTask<ConnectResult> Admit(SockeyeSocket socket, Func<T, ValueTask<ConnectResult>> admission);

    /// <summary>Nothing of the class is registered yet, or one more handler of the disconnection: what the class itself does then comes behind it.</summary>
    public virtual void ComeLast()
    {
    }
}

/// <summary>One object for all sockets, which is not disposed here.</summary>
internal sealed class SharedClass<T>(BroadcastTarget target, T handlers) : HandlerClass<T>(target)
    where T : class
{
    private readonly ClassInstance<T> _instance = new(handlers, null);

    public override Task? Invoke(ClassInvoker<T> handler, in EventReader e) => _instance.Invoke(handler, e);

    public override Task? Call(SockeyeSocket socket, Func<T, Task?> handler) => handler(_instance.Handlers);

    public override ValueTask<ConnectResult> Admit(SockeyeSocket socket, Func<T, ValueTask<ConnectResult>> admission) => admission(_instance.Handlers);
}

/// <summary>An object for each call, with its owner, which is disposed after it.</summary>
internal class OwnedClass<T, TOwner>(BroadcastTarget target, Func<SockeyeSocket, TOwner> open, Func<TOwner, SockeyeSocket, T> create) : HandlerClass<T>(target)
    where T : class
    where TOwner : IAsyncDisposable
{
    public override Task? Invoke(ClassInvoker<T> handler, in EventReader e)
    {
        var owner = open(e.Socket);
        Task? running;
        try
        {
            running = handler.Bind(create(owner, e.Socket), e.Socket.Codec).Invoke(e);
        }
#pragma warning disable CA1031 // It is the failure of the handler, told when its owner is disposed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            running = Task.FromException(failure);
        }

        return Owned.End(running, owner);
    }

    public override Task? Call(SockeyeSocket socket, Func<T, Task?> handler)
    {
        var owner = open(socket);
        Task? running;
        try
        {
            running = handler(create(owner, socket));
        }
#pragma warning disable CA1031 // It is the failure of the handler, told when its owner is disposed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            running = Task.FromException(failure);
        }

        return Owned.End(running, owner);
    }

    public override async ValueTask<ConnectResult> Admit(SockeyeSocket socket, Func<T, ValueTask<ConnectResult>> admission)
    {
        var result = ConnectResult.Reject("");
        var owner = open(socket);
        if (Owned.End(AskAsync(), owner) is { } running)
        {
            await running.ConfigureAwait(true);
        }

        return result;

        async Task AskAsync() => result = await admission(create(owner, socket)).ConfigureAwait(true);
    }

    /// <summary>An object that stays.</summary>
    /// <param name="socket">For whom.</param>
    /// <param name="failed">The failure of its constructor, told when its owner is disposed; null if there is an object.</param>
    protected ClassInstance<T>? Make(SockeyeSocket socket, out Task? failed)
    {
        failed = null;
        var owner = open(socket);
        try
        {
            return new ClassInstance<T>(create(owner, socket), owner);
        }
#pragma warning disable CA1031 // It is the failure of the handler, told when its owner is disposed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            failed = Owned.End(Task.FromException(failure), owner);
            return null;
        }
    }
}

/// <summary>An object for each socket, disposed with its owner after the handlers of its disconnection. What is called after that, such as an event whose handler the disconnection has waited for in vain,
/// gets an object for its call alone.</summary>
internal sealed class SocketClass<T, TOwner>(BroadcastTarget target, Func<SockeyeSocket, TOwner> open, Func<TOwner, SockeyeSocket, T> create)
    : OwnedClass<T, TOwner>(target, open, create)
    where T : class
    where TOwner : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private EventRegistration? _end;

    public override Task? Invoke(ClassInvoker<T> handler, in EventReader e)
    {
        if (Find(e.Socket, out var failed) is not { } instance)
        {
            return failed;
        }

        return instance.IsLate ? InvokeLate(instance, handler, e) : instance.Invoke(handler, e);
    }

    public override Task? Call(SockeyeSocket socket, Func<T, Task?> handler)
    {
        if (Find(socket, out var failed) is not { } instance)
        {
            return failed;
        }

        return instance.IsLate ? CallLate(instance, handler) : handler(instance.Handlers);
    }

    /// <summary>What it returned is waited for before the object is disposed.</summary>
    public override Task? CallLast(SockeyeSocket socket, Func<T, Task?> handler)
    {
        if (Find(socket, out var failed) is not { } instance)
        {
            return failed;
        }

        if (instance.IsLate)
        {
            return CallLate(instance, handler);
        }

        var running = handler(instance.Handlers);
        if (running is { IsCompleted: false })
        {
            instance.Last.Add(running);
        }

        return running;
    }

    public override void ComeLast()
    {
        lock (_lock)
        {
            // The new one first: a socket that goes at this moment meets one of the two, and the second of both does nothing.
            var before = _end;
            _end = Target.Handlers.Disconnect.Add((socket, _) => socket.State<SocketInstances>().End(this) is ClassInstance<T> instance ? instance.End() : null);
            before?.Dispose();
        }
    }

    private ClassInstance<T>? Find(SockeyeSocket socket, out Task? failed)
    {
        failed = null;
        var all = socket.State<SocketInstances>();
        if (all.Find(this) is ClassInstance<T> known)
        {
            return known;
        }

        var made = Make(socket, out failed);
        if (made is not null && !all.TryAdd(this, made))
        {
            made.IsLate = true;
        }

        return made;
    }

    private static Task? InvokeLate(ClassInstance<T> instance, ClassInvoker<T> handler, in EventReader e)
    {
        Task? running;
        try
        {
            running = instance.Invoke(handler, e);
        }
#pragma warning disable CA1031 // It is the failure of the handler, told when its owner is disposed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            running = Task.FromException(failure);
        }

        return instance.End(running);
    }

    private static Task? CallLate(ClassInstance<T> instance, Func<T, Task?> handler)
    {
        Task? running;
        try
        {
            running = handler(instance.Handlers);
        }
#pragma warning disable CA1031 // It is the failure of the handler, told when its owner is disposed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            running = Task.FromException(failure);
        }

        return instance.End(running);
    }
}
