using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing.Inbound;

/// <summary>One way in: checks what comes, makes an event of it and emits it. Holds nothing but counts; any thread, never blocks.</summary>
internal sealed class InboundRoute : IDisposable
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private readonly string _name;
    private readonly byte[][] _keys;
    private readonly InboundTarget? _room;
    private readonly InboundTarget? _user;
    private readonly InboundSupport _support;
    private readonly DropTeller _teller;

    // In seconds: the window; timestamps up to which a shorter one holds, since 1970; and that one. Its lock is its own.
    private readonly long[] _window;

    public InboundRoute(string name, InboundOptions options, InboundSupport support)
    {
        _name = name;
        Options = options;
        _support = support;
        _keys = [.. options.Secrets.Select(secret => WebhookSignature.TryReadKey(secret, out var key) is { } fault ? throw new ArgumentException(fault, nameof(options)) : key)];
        _room = options.Room is null ? null : InboundTarget.Parse(options.Room);
        _user = options.User is null ? null : InboundTarget.Parse(options.User);
        Counts = new InboundCounts(support.Keep("inbound:" + name, InboundCounts.Length));
        _teller = new DropTeller($"way in \"{name}\"", support.Time, support.Logger);
        _window = support.Keep("window:" + name, 3);
        lock (_window)
        {
            // What was taken with a shorter window was remembered for that long alone: for what may have been taken then, that one goes on.
            var (before, now) = (_window[0], Seconds);
            if (before > 0 && before < (long)options.Window.TotalSeconds)
            {
                (_window[1], _window[2]) = (now + before, now <= _window[1] ? Math.Min(before, _window[2]) : before);
            }

            _window[0] = (long)options.Window.TotalSeconds;
        }
    }

    /// <summary>What it was made of.</summary>
    public InboundOptions Options { get; }

    /// <summary>What became of what came.</summary>
    public InboundCounts Counts { get; }

    /// <summary>Answers a request.</summary>
    /// <param name="header">A header by its name; null: it has none.</param>
    /// <param name="body">The body.</param>
    public PluginResponse OnRequest(Func<string, string?> header, ReadOnlyMemory<byte> body)
    {
        Counts.OnReceived();
        if (body.Length > Options.MaxBodyBytes)
        {
            return Refuse(413, InboundFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the body has at most {Options.MaxBodyBytes} bytes"));
        }

        var id = header(WebhookSignature.IdHeader);
        if (id is null || !IsId(id))
        {
            return Refuse(401, InboundFault.Unsigned, $"{WebhookSignature.IdHeader} is 1 to {WebhookSignature.MaxIdLength} letters, digits, - and _");
        }

        if (header(WebhookSignature.TimestampHeader) is not { Length: > 0 and <= 15 } written
            || !long.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var timestamp))
        {
            return Refuse(401, InboundFault.Unsigned, $"{WebhookSignature.TimestampHeader} is the time in whole seconds since 1970");
        }

        if (header(WebhookSignature.SignatureHeader) is not { } signatures)
        {
            return Refuse(401, InboundFault.Unsigned, $"{WebhookSignature.SignatureHeader} is missing");
        }

        // The signature first: the clock of this server is told to those who know the secret.
        if (!WebhookSignature.Verify(_keys, id, timestamp, body.Span, signatures))
        {
            return Refuse(401, InboundFault.BadSignature, "no signature fits");
        }

        var window = WindowOf(timestamp);
        if (Math.Abs(Seconds - timestamp) > window)
        {
            return Refuse(401, InboundFault.OutsideWindow, string.Create(CultureInfo.InvariantCulture, $"{WebhookSignature.TimestampHeader} is more than {window} s from this server's clock"));
        }

        return Take(body, id, timestamp);
    }

    /// <summary>Takes a message of the bus.</summary>
    public void OnMessage(ReadOnlySequence<byte> payload)
    {
        Counts.OnReceived();
        if (payload.Length > Options.MaxBodyBytes)
        {
            Count(InboundFault.TooLarge);
        }
        else if (!TryRead(payload.IsSingleSegment ? payload.First : payload.ToArray(), out var e, out _))
        {
            Count(InboundFault.Malformed);
        }
        else if (Emit(e) is { } fault)
        {
            Count(fault);
        }
        else
        {
            Counts.OnDelivered();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _teller.Dispose();

    private long Seconds => _support.Time.GetUtcNow().ToUnixTimeSeconds();

    private long WindowOf(long timestamp)
    {
        lock (_window)
        {
            var window = (long)Options.Window.TotalSeconds;
            return timestamp <= _window[1] ? Math.Min(window, _window[2]) : window;
        }
    }

    private PluginResponse Take(ReadOnlyMemory<byte> body, string id, long timestamp)
    {
        if (!TryRead(body, out var e, out var why))
        {
            return Refuse(400, InboundFault.Malformed, why);
        }

        if (Find() is null)
        {
            return Refuse(503, InboundFault.NoNamespace, "the namespace is not there");
        }

        switch (_support.Seen.TryAdd(_name + "/" + id, timestamp, Options.Window))
        {
            case ReplayMemory.Answer.Replayed:
                return Refuse(409, InboundFault.Replayed, "this request has come before");
            case ReplayMemory.Answer.Repeated:
                // Its sender has not heard the first answer: it was taken, and is not taken twice.
                Counts.OnFault(InboundFault.Repeated);
                return PluginResponse.Json("{\"accepted\":true,\"repeated\":true}"u8.ToArray());
            case ReplayMemory.Answer.Full:
                return Refuse(503, InboundFault.MemoryFull, "too many requests within the window");
        }

        if (Emit(e) is { } fault)
        {
            return Refuse(fault == InboundFault.Malformed ? 400 : 503, fault, fault == InboundFault.Malformed ? "an argument cannot be sent" : "the server ends");
        }

        Counts.OnDelivered();
        return PluginResponse.Json("{\"accepted\":true}"u8.ToArray(), 202);
    }

    private bool TryRead(ReadOnlyMemory<byte> body, out InboundEvent e, out string why)
    {
        e = default;
        why = "the body is JSON in UTF-8, without a field twice";
        if (!Utf8.IsValid(body.Span))
        {
            return false;
        }

        try
        {
            // A copy of the tree: the body of a message of the bus is not ours after the call.
            using var document = JsonDocument.Parse(body, Reading);
            return TryRead(document.RootElement, out e, out why);
        }
        catch (JsonException)
        {
            return false;
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates has no text.
            why = "a text in the body has half of a pair of surrogates";
            return false;
        }
    }

    private bool TryRead(JsonElement body, out InboundEvent e, out string why)
    {
        e = default;
        why = "";
        var room = _room?.Fill(body);
        var user = _user?.Fill(body);
        if ((room is null && _room is not null) || (user is null && _user is not null))
        {
            why = "a field that names the receiver is missing, or no text and no whole number";
            return false;
        }

        var name = Options.Event;
        if (name is null)
        {
            if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("event"u8, out var field) || field.ValueKind != JsonValueKind.String || (name = field.GetString()!).Length == 0)
            {
                why = "the body is an object, and its field event is a text";
                return false;
            }

            if (InboundTarget.EventFault(name) is not null)
            {
                why = "the name of the event is reserved, too long or has a NUL";
                return false;
            }
        }

        object?[] arguments;
        if (Options.IsData)
        {
            arguments = [body.Clone()];
        }
        else if (body.ValueKind != JsonValueKind.Object)
        {
            why = "the body is an object";
            return false;
        }
        else if (!body.TryGetProperty("arguments"u8, out var list))
        {
            arguments = [];
        }
        else if (list.ValueKind == JsonValueKind.Array)
        {
            arguments = [.. list.EnumerateArray().Select(static one => (object?)one.Clone())];
        }
        else
        {
            why = "the field arguments is an array";
            return false;
        }

        e = new InboundEvent(name, room, user, arguments);
        return true;
    }

    // Never made: a namespace that the application has not would let clients in.
    private SockeyeNamespace? Find() => _support.Server.FindNamespace(Options.Namespace);

    private InboundFault? Emit(in InboundEvent e)
    {
        if (Find() is not { } nsp)
        {
            return InboundFault.NoNamespace;
        }

        try
        {
            var target = e.User is { } user ? nsp.ToUser(user) : e.Room is { } room ? nsp.To(room) : nsp.Compress(true);
            // With neither it is everybody, which has no operator of its own.
            return target.EmitArgs(e.Name, e.Arguments) == EmitResult.Closed && _support.Server.State != ServerState.Running ? InboundFault.Closed : null;
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            return InboundFault.Malformed;
        }
    }

    private PluginResponse Refuse(int status, InboundFault fault, string why)
    {
        Count(fault);
        var response = PluginResponse.Text(why, status);
        return status == 503
            ? new PluginResponse(status, response.Body, response.ContentType) { Headers = new Dictionary<string, string> { ["Retry-After"] = "10" } }
            : response;
    }

    private void Count(InboundFault fault)
    {
        Counts.OnFault(fault);
        _teller.Add(fault.Name());
    }

    private static bool IsId(string id) => id.Length is > 0 and <= WebhookSignature.MaxIdLength && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly record struct InboundEvent(string Name, string? Room, string? User, object?[] Arguments);
}
