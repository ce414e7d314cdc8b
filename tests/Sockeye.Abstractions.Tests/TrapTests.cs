using System.Reflection;

namespace Sockeye.Abstractions.Tests;

/// <summary>Mistakes that compile, or that must not.</summary>
public sealed class TrapTests
{
    private readonly FakeSocket _socket = new();

    [Fact]
    public void What_cannot_be_an_argument_is_refused_with_advice()
    {
        Refused(() => _socket.Emit("x", CancellationToken.None), "cancellationToken");
        Refused(() => _socket.Emit("x", Task.FromResult(1)), "Await");
        Refused(() => _socket.Emit("x", new ValueTask<int>(1)), "Await");
        Refused(() => _socket.Emit("x", (int ok) => { }), "EmitWithAckAsync");
        Refused(() => _socket.Emit("x", _socket), "id");
        Refused(() => _socket.Emit("x", (SockeyeSocket)_socket), "id");
        Refused(() => _socket.Emit("x", _socket.Namespace), "id");
        Refused(() => _socket.EmitArgs("x", _socket), "id");
        Refused(() => _socket.EmitArgs("x", new object?[] { (object)Task.CompletedTask }), "Await");
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public void A_handler_with_a_parameter_that_cannot_be_read_fails_when_it_is_registered()
    {
        Assert.Throws<NotSupportedException>(() => _socket.On("x", (Task task) => { }));
        Assert.Throws<NotSupportedException>(() => _socket.On("x", (int a, Action callback) => { }));
        Assert.Throws<NotSupportedException>(() => _socket.On("x", (FakeSocket socket) => { }));
    }

    [Fact]
    public void An_awaited_acknowledgement_cannot_be_of_a_type_that_is_no_argument()
    {
        Refused(() => _ = _socket.EmitWithAckAsync<Task>("x"), "Await");
        Refused(() => _ = _socket.TryEmitWithAckAsync<Action>("x", 1), "EmitWithAckAsync");
        Refused(() => _ = _socket.Broadcast.EmitWithAckAsync<ValueTask>("x"), "Await");
        Assert.Empty(_socket.Sent);
    }

    [Fact]
    public void Null_handlers_are_refused_where_they_are_given()
    {
        Assert.Throws<ArgumentNullException>(() => _socket.On("x", (Action)null!));
        Assert.Throws<ArgumentNullException>(() => _socket.OnRaw("x", (RawHandler)null!));
        Assert.Throws<ArgumentNullException>(() => _socket.OnDisconnect((Action<Disconnection>)null!));
        Assert.Throws<ArgumentNullException>(() => _socket.Namespace.OnConnection((Action<SockeyeSocket>)null!));
        Assert.Throws<ArgumentNullException>(() => _socket.Namespace.Use((Func<SockeyeSocket, ConnectResult>)null!));
    }

    private static void Refused(Action emit, string advice) =>
        Assert.Contains(advice, Assert.Throws<NotSupportedException>(emit).Message, StringComparison.Ordinal);
}
