namespace Sockeye;

/// <summary>Values for options that are not set.</summary>
public enum ServerPreset
{
    /// <summary>The defaults.</summary>
    None,

    /// <summary>Tighter ones for servers that anybody can reach: <see cref="SockeyeServerOptions.ConnectTimeout"/> is 10 s (own; NATS waits 2 s, Centrifugo 10 s), and clients have the rates that
    /// <see cref="RateOptions"/> names.</summary>
    Hardened,
}
