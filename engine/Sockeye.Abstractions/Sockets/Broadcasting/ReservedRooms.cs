namespace Sockeye.Abstractions.Sockets;

/// <summary>Names of rooms that are the engine's: they begin with NUL. Nobody joins them by name, and nobody is found by them; their members come by other ways.</summary>
internal static class ReservedRooms
{
    /// <summary>A reserved room that never has members: what an application names when it names a reserved one.</summary>
    public const string OfNobody = "\0";

    private const string UserPrefix = "\0user:";

    /// <summary>The room of all sockets of a user.</summary>
    public static string OfUser(string subject) => UserPrefix + subject;

    /// <summary>The user whose room it is; null: it is no user's.</summary>
    public static string? UserOf(string room) => room.StartsWith(UserPrefix, StringComparison.Ordinal) ? room[UserPrefix.Length..] : null;

    /// <summary>A name as the application may use it.</summary>
    public static string Named(string room) => Has(room) ? OfNobody : room;

    /// <summary>Whether a name is the engine's.</summary>
    public static bool Has(string room) => room is ['\0', ..];
}
