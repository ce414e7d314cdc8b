namespace Sockeye.Conformance;

/// <summary>The handlers of the profile that load generators use.</summary>
internal static class LoadHandlers
{
    public static void Map(SockeyeServer server)
    {
        // Not on the event loop: reading the figures is no turn that belongs to them.
        server.OnWithAck("runtime", static () => Task.Run(RuntimeFigures.Now));
        MapMessages(server);
        server.On("burst", (string room, int n, string text) =>
        {
            for (var i = 0; i < n; i++)
            {
                server.To(room).Emit("msg", text);
            }
        });
        server.On("flood", (int n, int size) =>
        {
            var text = new string('x', size);
            for (var i = 0; i < n; i++)
            {
                server.To("slow").Emit("msg", text);
            }
        });
    }

    /// <summary>All but the flood.</summary>
    public static void MapMessages(BroadcastTarget target)
    {
        target.OnRaw("echo", static e =>
        {
            if (e.Context.WantsAck)
            {
                e.AckRaw();
            }
            else
            {
                e.Socket.EmitRaw(e);
            }
        });
        target.OnWithAck("join", static (SockeyeSocket socket, string room) => { socket.Join(room); });
        target.OnRaw("pub", e => target.To("room").EmitRaw("msg", e));
    }
}
