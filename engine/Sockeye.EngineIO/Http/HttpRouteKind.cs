namespace Sockeye.EngineIO.Http;

/// <summary>Whose a route is: by it a listener says what it answers (<see cref="HttpListenerGroup.Answers"/>).</summary>
public enum HttpRouteKind
{
    /// <summary>The application's own.</summary>
    Application,

    /// <summary>Files of the application.</summary>
    Files,

    /// <summary>The endpoint of the server.</summary>
    Endpoint,

    /// <summary>A plugin's.</summary>
    Plugin,
}
