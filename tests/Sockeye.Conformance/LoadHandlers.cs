namespace Sockeye.Conformance;

/// <summary>The handlers of the profile that load generators use.</summary>
internal static class LoadHandlers
{
    public static void Map(SockeyeServer server)
    {
        server.OnWithAck("runtime", CollectorFigures.Now);
        server.OnRaw("echo", static e =>
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
        server.OnWithAck("join", static (SockeyeSocket socket, string room) => { socket.Join(room); });
        server.OnRaw("pub", e => server.To("room").EmitRaw("msg", e));
        server.On("flood", (int n, int size) =>
        {
            var text = new string('x', size);
            for (var i = 0; i < n; i++)
            {
                server.To("slow").Emit("msg", text);
            }
        });
    }
}
