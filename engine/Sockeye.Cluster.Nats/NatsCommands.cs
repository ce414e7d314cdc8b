namespace Sockeye.Cluster.Nats;

/// <summary>Where the commands end that the client of NATS sends: only there something else may be sent.</summary>
/// <remarks>It owns the place in the command. Whoever sends for the client.</remarks>
internal struct NatsCommands
{
    private long _payload;
    private long _number;
    private int _column;
    private bool _isPublish;

    /// <summary>Whether what has passed ends with a command; false before the first.</summary>
    public bool IsBetween { get; private set; }

    /// <summary>Something was sent.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_payload > 0)
            {
                var passed = (int)Math.Min(_payload, bytes.Length);
                _payload -= passed;
                bytes = bytes[passed..];
            }
            else
            {
                PassOfLine(bytes[0]);
                bytes = bytes[1..];
            }

            IsBetween = _payload == 0 && _column == 0;
        }
    }

    private void PassOfLine(byte next)
    {
        if (next == '\n')
        {
            // The last number of the line, and the end of a line behind it.
            _payload = _isPublish ? _number + 2 : 0;
            _column = 0;
            return;
        }

        if (_column < 2)
        {
            // PUB or HPUB: no other command has a payload, and none begins alike but PING and PONG.
            _isPublish = _column == 0 ? next is (byte)'P' or (byte)'H' : _isPublish && next is (byte)'U' or (byte)'P';
        }

        _column++;
        _number = next switch
        {
            (byte)' ' => 0,
            >= (byte)'0' and <= (byte)'9' when _number < int.MaxValue => (_number * 10) + next - '0',
            _ => _number,
        };
    }
}
