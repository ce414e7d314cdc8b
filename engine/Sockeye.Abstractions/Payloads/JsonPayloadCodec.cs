using System.Text.Json;

namespace Sockeye;

/// <summary>Arguments as JSON, by System.Text.Json, with binary at any depth as attachments.</summary>
public sealed class JsonPayloadCodec : PayloadCodec
{
    /// <summary>A codec with these options, which are copied.</summary>
    /// <param name="options">Null: <see cref="JsonSerializerDefaults.Web"/>.</param>
    public JsonPayloadCodec(JsonSerializerOptions? options = null) => _ = options;

    /// <inheritdoc />
    protected override ValueCodec<T> Create<T>() => throw new NotImplementedException();
}
