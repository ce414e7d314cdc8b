namespace Sockeye.Server.Common;

/// <summary>Which rate an event has met.</summary>
internal enum RateLimit : byte
{
    None,
    SocketEvents,
    SocketBytes,
    EventName,
    UserEvents,
    UserBytes,
}

/// <summary>How the rates are called, in metrics and the log, and what clients hear of them.</summary>
internal static class RateLimits
{
    private static readonly string[] Names = ["", "socket_events", "socket_bytes", "event_name", "user_events", "user_bytes"];

    private static readonly EventRefusal[] Answers =
    [
        new("", RefusalCode.RateLimited),
        new("Too many events in too little time.", RefusalCode.RateLimited),
        new("Too many bytes in too little time.", RefusalCode.RateLimited),
        new("Too many of these events in too little time.", RefusalCode.RateLimited),
        new("Too many events of this user in too little time.", RefusalCode.RateLimited),
        new("Too many bytes of this user in too little time.", RefusalCode.RateLimited),
    ];

    public static string Name(this RateLimit limit) => Names[(int)limit];

    public static EventRefusal Refusal(this RateLimit limit) => Answers[(int)limit];
}
