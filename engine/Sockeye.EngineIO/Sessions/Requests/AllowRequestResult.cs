namespace Sockeye.EngineIO;

/// <summary>Whether a handshake may go on.</summary>
public readonly record struct AllowRequestResult
{
    private AllowRequestResult(bool isAllowed, string? message)
    {
        IsAllowed = isAllowed;
        Message = message;
    }

    /// <summary>The handshake goes on.</summary>
    public static AllowRequestResult Allow => new(true, null);

    /// <summary>Whether the handshake goes on; false in the default value.</summary>
    public bool IsAllowed { get; }

    /// <summary>What the client is told; null: "Forbidden".</summary>
    public string? Message { get; }

    /// <summary>The client gets 403 with code 4 and this message.</summary>
    public static AllowRequestResult Deny(string? message = null) => new(false, message);
}
