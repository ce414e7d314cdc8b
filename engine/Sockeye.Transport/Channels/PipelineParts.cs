namespace Sockeye.Transport.Channels;

/// <summary>
/// For <c>DynamicDependency</c>: DotNetty's pipeline looks for attributes on the public methods of each handler's class and fails if trimming has taken a method away.
/// Its own two handlers are not public; those of the engine and of applications stand in the same attribute by their types.
/// </summary>
internal static class PipelineParts
{
    public const string Assembly = "DotNetty.Transport";
    public const string Head = "DotNetty.Transport.Channels.DefaultChannelPipeline.HeadContext";
    public const string Tail = "DotNetty.Transport.Channels.DefaultChannelPipeline.TailContext";
}
