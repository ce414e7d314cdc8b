namespace Sockeye.Transport.Loops;

/// <summary>Words for what a loop does. Any thread.</summary>
internal static class LoopActivity
{
    internal static string Describe(string? activity, object? source)
    {
        try
        {
            return source switch
            {
                IActivitySource known => known.Describe(activity ?? "unknown"),

                // The object that a delegate belongs to is the async method, if it is what follows an await.
                Action { Target: { } method } => "what follows an await in " + Name(method.GetType()),
                Delegate { Method: { } method } => "work posted by " + MethodText.Of(method),
                null => activity ?? "unknown",
                _ => activity ?? Name(source.GetType()),
            };
        }
        catch (Exception)
        {
            // Another thread may be changing what is described.
            return activity ?? "unknown";
        }
    }

    /// <summary>Of the runtime's box around an async method the method, as it stands in the source.</summary>
    private static string Name(Type type)
    {
        var named = type.IsGenericType && type.GenericTypeArguments is [.., { } last] ? last : type;
        var name = named.FullName ?? named.Name;
        return name.Contains('<', StringComparison.Ordinal) ? MethodText.Of(name, "MoveNext") : name;
    }
}
