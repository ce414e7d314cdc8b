namespace Sockeye.EngineIO;

/// <summary>Why a request was refused, as Engine.IO numbers it in the answer.</summary>
public enum EngineErrorCode : byte
{
    /// <summary>The transport is missing, unknown or switched off.</summary>
    TransportUnknown = 0,

    /// <summary>No session has this id.</summary>
    SessionIdUnknown = 1,

    /// <summary>A session is opened with GET only.</summary>
    BadHandshakeMethod = 2,

    /// <summary>The request contradicts itself or its session, or a hook of the application has failed: <c>MIDDLEWARE_FAILURE</c>, <c>ID_GENERATION_ERROR</c>.</summary>
    BadRequest = 3,

    /// <summary>Refused by <see cref="EngineOptions.AllowRequest"/> or <see cref="EngineOptions.AllowRequestAsync"/>.</summary>
    Forbidden = 4,

    /// <summary>The revision of the protocol is not spoken here.</summary>
    UnsupportedProtocolVersion = 5,
}

/// <summary>A refused request, as <see cref="IEngineObserver.OnConnectionError"/> reports it.</summary>
/// <param name="Code">The code sent to the client.</param>
/// <param name="Message">The message sent to the client.</param>
/// <param name="Context">What the engine knows beyond that, by name: <c>name</c> (the rule), <c>transport</c>, <c>previousTransport</c>, <c>sid</c>, <c>method</c>, <c>protocol</c>, <c>message</c>.
/// Values may be the peer's own text: escape them before they are logged.</param>
/// <param name="Request">The request.</param>
public sealed record EngineConnectionError(EngineErrorCode Code, string Message, IReadOnlyDictionary<string, string> Context, EngineRequest Request);
