namespace Sockeye;

/// <summary>What happens to a message for which the outbox has no room (<see cref="OutboxOptions.MaxBytes"/>, <see cref="OutboxOptions.MaxMessages"/>).</summary>
public enum OutboxPolicy : byte
{
    /// <summary>As the namespace or the server says.</summary>
    Inherit,

    /// <summary>The message is refused, on the socket's event loop with <see cref="EmitResult.Dropped"/>; <c>EmitAsync</c> waits for room.</summary>
    Wait,

    /// <summary>The new message is dropped.</summary>
    DropNewest,

    /// <summary>The oldest messages are dropped until the new one fits.</summary>
    DropOldest,

    /// <summary>As <see cref="DropOldest"/>, for messages of which only the latest counts: those sent with <c>Latest</c> also replace the one before under their key.</summary>
    KeepLatest,

    /// <summary>The connection is closed with <see cref="DisconnectReason.SlowConsumer"/>.</summary>
    Disconnect,
}
