using Sockeye.Abstractions;

namespace Sockeye;

/// <summary>Small values of a socket by key, kept serialised so that they can travel with it.</summary>
/// <remarks>What is set is written at once and what is got is a value of its own: changing it changes nothing here. May be used from any thread.
/// The application bounds what it keeps; the engine adds nothing.</remarks>
public sealed class SocketData
{
    private readonly PayloadCodec _codec;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Value> _values;

    internal SocketData(PayloadCodec codec)
        : this(codec, new Dictionary<string, Value>(StringComparer.Ordinal))
    {
    }

    private SocketData(PayloadCodec codec, Dictionary<string, Value> values)
    {
        _codec = codec;
        _values = values;
    }

    /// <summary>The keys, as they are now.</summary>
    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _values.Keys];
            }
        }
    }

    /// <summary>Sets a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Set<T>(string key, T value)
    {
        ArgumentNullException.ThrowIfNull(key);
        var writer = EventWriter.Rent();
        writer.BeginAck("the data of a socket");
        writer.Value(_codec, value);
        writer.End();
        var attachments = writer.Attachments.ToArray();
        for (var i = 0; i < attachments.Length; i++)
        {
            attachments[i] = attachments[i].ToArray();
        }

        var stored = new Value(writer.Arguments.ToArray(), attachments);
        writer.Return();
        lock (_lock)
        {
            _values[key] = stored;
        }
    }

    /// <summary>Gets a value.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="key">The key.</param>
    /// <returns>The value, or default if there is none.</returns>
    /// <exception cref="EventFormatException">The value is of another type.</exception>
    public T? Get<T>(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        Value stored;
        lock (_lock)
        {
            if (!_values.TryGetValue(key, out stored))
            {
                return default;
            }
        }

        var reader = new EventReader(default, default, stored.Json, stored.Attachments, _codec);
        return reader.TryRead<T>(out var value) ? value : throw new EventFormatException($"The value of \"{LogText.Escape(key)}\" is no {typeof(T)}.", innerException: CleanException.Of(reader.Fault));
    }

    /// <summary>Removes a value.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        lock (_lock)
        {
            return _values.Remove(key);
        }
    }

    /// <summary>A copy as it is now. The stored bytes never change, so they are shared.</summary>
    internal SocketData Snapshot()
    {
        lock (_lock)
        {
            return new SocketData(_codec, new Dictionary<string, Value>(_values, StringComparer.Ordinal));
        }
    }

    /// <summary>All that it holds, as bytes.</summary>
    internal List<(string Key, byte[] Json, ReadOnlyMemory<byte>[] Attachments)> Export()
    {
        lock (_lock)
        {
            return [.. _values.Select(static pair => (pair.Key, pair.Value.Json, pair.Value.Attachments))];
        }
    }

    /// <summary>What another server has exported.</summary>
    internal static SocketData Import(PayloadCodec codec, ReadOnlySpan<(string Key, byte[] Json, ReadOnlyMemory<byte>[] Attachments)> values)
    {
        var data = new SocketData(codec);
        foreach (var (key, json, attachments) in values)
        {
            data._values[key] = new Value(json, attachments);
        }

        return data;
    }

    private readonly record struct Value(byte[] Json, ReadOnlyMemory<byte>[] Attachments);
}
