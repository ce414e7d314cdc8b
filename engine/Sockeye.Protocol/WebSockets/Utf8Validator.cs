#pragma warning disable CS1591, CA1815, CA1822
namespace Sockeye.Protocol.WebSockets;

/// <summary>Skeleton.</summary>
public struct Utf8Validator
{
    public bool IsComplete => true;
    public bool Append(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();
}
