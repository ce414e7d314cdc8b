using System.Globalization;
using System.Text;

namespace Sockeye.Plugins;

/// <summary>An event that takes the place of another one. Does not change; may be used for any number of events.</summary>
public sealed class EventReplacement
{
    private byte[]? _nameUtf8;

    private EventReplacement(EventName name, ReadOnlyMemory<byte>? argumentsUtf8, ReadOnlyMemory<byte>[]? attachments)
    {
        Name = name;
        ArgumentsUtf8 = argumentsUtf8;
        OwnAttachments = attachments;
    }

    /// <summary>Its name.</summary>
    public EventName Name { get; }

    /// <summary>Its arguments, without the brackets around them; null: those of the event that it replaces.</summary>
    public ReadOnlyMemory<byte>? ArgumentsUtf8 { get; }

    /// <summary>Its attachments, in the order of their placeholders; null: those of the event that it replaces.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Attachments => OwnAttachments;

    internal ReadOnlyMemory<byte>[]? OwnAttachments { get; }

    /// <summary>The bytes of its name; the digits if it is a number. Made once.</summary>
    internal byte[] NameUtf8 => _nameUtf8 ??= Encoding.UTF8.GetBytes(Name.Text ?? Name.Number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same arguments under another name.</summary>
    /// <param name="name">The name.</param>
    public static EventReplacement Rename(EventName name) => new(name, null, null);

    /// <summary>Other arguments.</summary>
    /// <param name="name">The name.</param>
    /// <param name="argumentsUtf8">The arguments as JSON, without the brackets around them: <c>1,"x"</c>. Checked when it takes its place; what is no JSON counts as a fault of the plugin.</param>
    /// <param name="attachments">The attachments, in the order of their placeholders; null: those of the event that it replaces.</param>
    public static EventReplacement Of(EventName name, ReadOnlyMemory<byte> argumentsUtf8, IReadOnlyList<ReadOnlyMemory<byte>>? attachments = null) =>
        new(name, argumentsUtf8, attachments is null ? null : [.. attachments]);
}
