using Sockeye.Transport;

namespace Sockeye.Server.Common;

/// <summary>The game loops of one server.</summary>
/// <remarks>It owns them. Any thread. Lives as long as the server, which ends them. There are <see cref="GameLoop.MaxLoops"/> at most.</remarks>
internal sealed class GameLoops(ServerContext server, SocketTransport transport)
{
    private readonly Lock _lock = new();
    private readonly ServerGameLoop?[] _loops = new ServerGameLoop?[GameLoop.MaxLoops];
    private bool _isEnded;

    /// <param name="name">Its name.</param>
    /// <param name="ticksPerSecond">The rate.</param>
    /// <param name="maker">Whose it is; null: the application's.</param>
    public GameLoop Create(string name, double ticksPerSecond, LoopMaker? maker = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > GameLoop.MaxNameLength)
        {
            throw new ArgumentException($"The name of a loop has at most {GameLoop.MaxNameLength} characters.", nameof(name));
        }

        // Written so that NaN is refused too.
        if (!(ticksPerSecond >= GameLoop.MinTicksPerSecond && ticksPerSecond <= GameLoop.MaxTicksPerSecond))
        {
            throw new ArgumentOutOfRangeException(
                nameof(ticksPerSecond), ticksPerSecond, $"A loop ticks {GameLoop.MinTicksPerSecond} to {GameLoop.MaxTicksPerSecond} times in a second.");
        }

        lock (_lock)
        {
            if (_isEnded)
            {
                throw new InvalidOperationException("The server has been stopped.");
            }

            if (Array.Exists(_loops, loop => loop?.Name == name && !LoopMaker.IsSuccession(loop.Maker, maker)))
            {
                throw new ArgumentException($"There is a loop \"{name}\" already.", nameof(name));
            }

            var slot = Array.IndexOf(_loops, null);
            if (slot < 0)
            {
                throw new InvalidOperationException($"A server has at most {GameLoop.MaxLoops} loops.");
            }

            var made = new ServerGameLoop(this, server, transport.CreateLoop("sockeye-" + name), slot, name, ticksPerSecond) { Maker = maker };
            _loops[slot] = made;
            server.Loops.Add(made);
            made.Start();
            return made;
        }
    }

    /// <summary>Ends all of them. Whoever calls has waited for the handlers.</summary>
    public Task EndAsync()
    {
        ServerGameLoop[] left;
        lock (_lock)
        {
            _isEnded = true;
            left = [.. _loops.OfType<ServerGameLoop>()];
        }

        // Outside: one that somebody else ends meanwhile takes this lock under its own.
        return Task.WhenAll(left.Select(static loop => loop.EndAsync()));
    }

    /// <summary>A loop has ended: its name and its place are free again.</summary>
    public void Remove(ServerGameLoop loop)
    {
        server.Loops.Remove(loop);
        lock (_lock)
        {
            _loops[Array.IndexOf(_loops, loop)] = null;
        }
    }
}
