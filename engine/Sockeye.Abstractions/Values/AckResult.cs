namespace Sockeye;

/// <summary>An acknowledgement, or why there is none.</summary>
/// <typeparam name="T">The type of its first argument.</typeparam>
public readonly struct AckResult<T>
{
    internal AckResult(AckStatus status, T? value = default)
    {
        Status = status;
        Value = value;
    }

    /// <summary>What became of it.</summary>
    public AckStatus Status { get; }

    /// <summary>The first argument, if <see cref="IsAnswered"/>; default if the client answered without arguments.</summary>
    public T? Value { get; }

    /// <summary>Whether it came.</summary>
    public bool IsAnswered => Status == AckStatus.Answered;
}
