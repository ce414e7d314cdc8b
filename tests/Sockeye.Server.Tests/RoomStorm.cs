using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Broadcasts from several threads to one room while members join and leave, and what each member must have received afterwards.</summary>
/// <remarks>Every move is fenced by two broadcasts. A member that never leaves sees the namespace's order; what another member received is held against it:
/// everything while it was in for sure, nothing while it was out for sure, and no gap in between.</remarks>
internal sealed class RoomStorm(SockeyeNamespace space, IReadOnlyList<string> stayers, IReadOnlyList<string> movers)
{
    public const string Room = "room";
    private const int Publishers = 3;
    private const int Messages = 300;
    private const int Moves = 25;

    /// <summary>How many events a member that stays receives.</summary>
    public int Expected => Publishers * Messages + 4 * Moves * movers.Count + 1;

    /// <summary>Starts the storm; completes when everything was emitted. The last event is <c>end</c>, and all are members then.</summary>
    public async Task RunAsync()
    {
        foreach (var id in stayers.Concat(movers))
        {
            Assert.True(space.Find(id)!.Join(Room));
        }

        var threads = Enumerable.Range(0, Publishers).Select(publisher => OnThread(() =>
        {
            for (var i = 0; i < Messages; i++)
            {
                Emit("m", publisher, i);
            }
        })).Concat(movers.Select((id, mover) => OnThread(() =>
        {
            var socket = space.Find(id)!;
            for (var i = 0; i < Moves; i++)
            {
                Emit("leaving", mover, i);
                Assert.True(socket.Leave(Room));
                Emit("left", mover, i);
                Emit("joining", mover, i);
                Assert.True(socket.Join(Room));
                Emit("joined", mover, i);
            }
        })));
        await Task.WhenAll(threads);
        Emit("end", 0, 0);
    }

    /// <summary>Checks what was received, each event as name, first and second argument.</summary>
    public void Check(IReadOnlyList<(string Name, int A, int B)>[] ofStayers, IReadOnlyList<(string Name, int A, int B)>[] ofMovers)
    {
        var order = ofStayers[0];
        Assert.Equal(Expected, order.Count);
        Assert.Equal(order.Count, order.Distinct().Count());
        for (var publisher = 0; publisher < Publishers; publisher++)
        {
            Assert.Equal(Enumerable.Range(0, Messages), order.Where(e => e.Name == "m" && e.A == publisher).Select(e => e.B));
        }

        Assert.All(ofStayers, received => Assert.Equal(order, received));
        for (var mover = 0; mover < ofMovers.Length; mover++)
        {
            CheckMover(order, mover, ofMovers[mover]);
        }
    }

    private static void CheckMover(IReadOnlyList<(string Name, int A, int B)> order, int mover, IReadOnlyList<(string Name, int A, int B)> received)
    {
        var at = 0;
        for (var i = 0; i < order.Count; i++)
        {
            var e = order[i];
            if (e.Name is "left" or "joining" or "leaving" or "joined" && e.A == mover)
            {
                // In for sure up to and with "leaving" and from "joined" on; out for sure from "left" up to and with "joining".
                Assert.Equal(e.Name is "leaving" or "joined", Arrives(e));
                continue;
            }

            var last = LastFence(order, i, mover);
            if (last is "" or "joined")
            {
                Assert.True(Arrives(e), $"mover {mover} was a member and has not received {e}");
            }
            else if (last == "left")
            {
                Assert.False(Arrives(e), $"mover {mover} was no member and has received {e}");
            }
            else
            {
                Arrives(e);
            }
        }

        Assert.Equal(received.Count, at);

        bool Arrives((string, int, int) e)
        {
            if (at < received.Count && received[at] == e)
            {
                at++;
                return true;
            }

            return false;
        }
    }

    private static string LastFence(IReadOnlyList<(string Name, int A, int B)> order, int before, int mover)
    {
        for (var i = before - 1; i >= 0; i--)
        {
            if (order[i].Name is "left" or "joining" or "leaving" or "joined" && order[i].A == mover)
            {
                return order[i].Name;
            }
        }

        return "";
    }

    private void Emit(string name, int a, int b) => Assert.InRange(space.To(Room).Emit(name, a, b), EmitResult.Accepted, EmitResult.AboveHighWatermark);

    private static Task OnThread(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
