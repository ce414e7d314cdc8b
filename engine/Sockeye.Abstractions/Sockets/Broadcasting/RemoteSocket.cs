namespace Sockeye;

/// <summary>A socket as it was when <see cref="BroadcastTarget.FetchSocketsAsync"/> found it: a copy that does not change and cannot emit.</summary>
/// <remarks>Every socket is in the room of its own id, so <c>target.To(remote.Id)</c> reaches it.</remarks>
public sealed class RemoteSocket
{
    internal RemoteSocket(string id, Handshake handshake, IReadOnlyCollection<string> rooms, SocketData data, SocketIdentity? identity)
    {
        Id = id;
        Handshake = handshake;
        Rooms = rooms;
        Data = data;
        Identity = identity;
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>The request it came with.</summary>
    public Handshake Handshake { get; }

    /// <summary>The rooms it was in, its own id among them.</summary>
    public IReadOnlyCollection<string> Rooms { get; }

    /// <summary>A copy of its data.</summary>
    public SocketData Data { get; }

    /// <summary>Who was behind it; null: nobody had said.</summary>
    public SocketIdentity? Identity { get; }
}
