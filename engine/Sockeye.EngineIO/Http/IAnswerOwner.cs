namespace Sockeye.EngineIO.Http;

/// <summary>The <see cref="HttpExchange.State"/> of an exchange whose answer belongs to something larger.</summary>
internal interface IAnswerOwner
{
    /// <summary>Whether it accounts for the bytes of its answer that have not left, and ends the connection when memory is short. Any thread.</summary>
    bool IsAccounting { get; }
}
