namespace Sockeye.Abstractions.Sockets;

/// <summary>What every handler is turned into: null when it has completed.</summary>
internal delegate Task? HandlerBody(EventContext context);

/// <inheritdoc cref="HandlerBody" />
internal delegate Task? HandlerBody<T1>(EventContext context, T1 a);

/// <inheritdoc cref="HandlerBody" />
internal delegate Task? HandlerBody<T1, T2>(EventContext context, T1 a, T2 b);

/// <inheritdoc cref="HandlerBody" />
internal delegate Task? HandlerBody<T1, T2, T3>(EventContext context, T1 a, T2 b, T3 c);

/// <inheritdoc cref="HandlerBody" />
internal delegate Task? HandlerBody<T1, T2, T3, T4>(EventContext context, T1 a, T2 b, T3 c, T4 d);

/// <summary>A handler that gets the event as bytes.</summary>
internal sealed class RawInvoker(RawHandler handler) : EventInvoker
{
    public override Task? Invoke(in EventReader e)
    {
        handler(e);
        return null;
    }
}

/// <inheritdoc cref="RawInvoker" />
internal sealed class RawTaskInvoker(RawTaskHandler handler) : EventInvoker
{
    public override Task? Invoke(in EventReader e) => handler(e);
}

/// <summary>A handler without parameters.</summary>
internal sealed class Invoker(HandlerBody body) : EventInvoker
{
    public override Task? Invoke(in EventReader e) => body(e.Context);
}

/// <summary>A handler with one parameter.</summary>
internal sealed class Invoker<T1> : EventInvoker
{
    private readonly HandlerBody<T1> _body;
    private readonly Parameter<T1> _a;

    public Invoker(IEventTarget target, Delegate handler, HandlerBody<T1> body)
    {
        _body = body;
        _a = new Parameter<T1>(target, handler, 1);
    }

    public override Task? Invoke(in EventReader start)
    {
        var e = start;
        if (!e.TryReadArgument(_a, out var a))
        {
            return e.Refused(_a);
        }

        return _body(e.Context, a!);
    }
}

/// <summary>A handler with two parameters.</summary>
internal sealed class Invoker<T1, T2> : EventInvoker
{
    private readonly HandlerBody<T1, T2> _body;
    private readonly Parameter<T1> _a;
    private readonly Parameter<T2> _b;

    public Invoker(IEventTarget target, Delegate handler, HandlerBody<T1, T2> body)
    {
        _body = body;
        _a = new Parameter<T1>(target, handler, 2);
        _b = new Parameter<T2>(target, handler, 1);
    }

    public override Task? Invoke(in EventReader start)
    {
        var e = start;
        if (!e.TryReadArgument(_a, out var a))
        {
            return e.Refused(_a);
        }

        if (!e.TryReadArgument(_b, out var b))
        {
            return e.Refused(_b);
        }

        return _body(e.Context, a!, b!);
    }
}

/// <summary>A handler with three parameters.</summary>
internal sealed class Invoker<T1, T2, T3> : EventInvoker
{
    private readonly HandlerBody<T1, T2, T3> _body;
    private readonly Parameter<T1> _a;
    private readonly Parameter<T2> _b;
    private readonly Parameter<T3> _c;

    public Invoker(IEventTarget target, Delegate handler, HandlerBody<T1, T2, T3> body)
    {
        _body = body;
        _a = new Parameter<T1>(target, handler, 3);
        _b = new Parameter<T2>(target, handler, 2);
        _c = new Parameter<T3>(target, handler, 1);
    }

    public override Task? Invoke(in EventReader start)
    {
        var e = start;
        if (!e.TryReadArgument(_a, out var a))
        {
            return e.Refused(_a);
        }

        if (!e.TryReadArgument(_b, out var b))
        {
            return e.Refused(_b);
        }

        if (!e.TryReadArgument(_c, out var c))
        {
            return e.Refused(_c);
        }

        return _body(e.Context, a!, b!, c!);
    }
}

/// <summary>A handler with four parameters.</summary>
internal sealed class Invoker<T1, T2, T3, T4> : EventInvoker
{
    private readonly HandlerBody<T1, T2, T3, T4> _body;
    private readonly Parameter<T1> _a;
    private readonly Parameter<T2> _b;
    private readonly Parameter<T3> _c;
    private readonly Parameter<T4> _d;

    public Invoker(IEventTarget target, Delegate handler, HandlerBody<T1, T2, T3, T4> body)
    {
        _body = body;
        _a = new Parameter<T1>(target, handler, 4);
        _b = new Parameter<T2>(target, handler, 3);
        _c = new Parameter<T3>(target, handler, 2);
        _d = new Parameter<T4>(target, handler, 1);
    }

    public override Task? Invoke(in EventReader start)
    {
        var e = start;
        if (!e.TryReadArgument(_a, out var a))
        {
            return e.Refused(_a);
        }

        if (!e.TryReadArgument(_b, out var b))
        {
            return e.Refused(_b);
        }

        if (!e.TryReadArgument(_c, out var c))
        {
            return e.Refused(_c);
        }

        if (!e.TryReadArgument(_d, out var d))
        {
            return e.Refused(_d);
        }

        return _body(e.Context, a!, b!, c!, d!);
    }
}
