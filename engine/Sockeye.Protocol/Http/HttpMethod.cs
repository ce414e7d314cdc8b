namespace Sockeye.Protocol.Http;

/// <summary>The method of a request. Methods are case-sensitive: <c>get</c> is <see cref="Other"/>.</summary>
public enum HttpMethod : byte
{
    /// <summary>A method without a member here.</summary>
    Other,
    /// <summary>GET.</summary>
    Get,
    /// <summary>POST.</summary>
    Post,
    /// <summary>OPTIONS.</summary>
    Options,
    /// <summary>HEAD.</summary>
    Head,
    /// <summary>PUT.</summary>
    Put,
    /// <summary>DELETE.</summary>
    Delete,
    /// <summary>PATCH.</summary>
    Patch,
}
