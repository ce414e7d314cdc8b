using Sockeye.Transport;

namespace Sockeye.EngineIO.Sessions;

/// <summary>A session id: 24 bits node, 8 bits loop, 88 random bits. It is the session's secret.</summary>
internal readonly record struct SessionId(RandomId Bits)
{
    /// <summary>The node that holds the session.</summary>
    public int Node => (int)(Bits.Head >> 8);

    /// <summary>The loop that holds the session, within its node.</summary>
    public int Loop => (int)(Bits.Head & 0xff);

    /// <summary>A new id, unguessable.</summary>
    public static SessionId Create(int node, int loop, out string text)
    {
        var id = new SessionId(RandomId.Create((uint)(node << 8 | loop)));
        text = id.ToString();
        return id;
    }

    /// <summary>Reads an id; false if length or alphabet are wrong.</summary>
    public static bool TryParse(string text, out SessionId id)
    {
        bool isId = RandomId.TryParse(text, out RandomId bits);
        id = new SessionId(bits);
        return isId;
    }

    /// <inheritdoc />
    public override string ToString() => Bits.ToString();
}
