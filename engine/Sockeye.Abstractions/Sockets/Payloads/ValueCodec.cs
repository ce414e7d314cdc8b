namespace Sockeye;

/// <summary>Writes and reads the values of one type as arguments of events.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <remarks>Called from any thread, so without state of its own. A codec written by hand serves a type that is sent so often that the
/// cost of the general serialiser shows; see <see cref="JsonPayloadCodec.Add{T}"/>.</remarks>
public abstract class ValueCodec<T>
{
    /// <summary>Writes one complete value.</summary>
    /// <param name="writer">Where to; valid during the call.</param>
    /// <param name="value">The value.</param>
    public abstract void Write(EventWriter writer, T value);

    /// <summary>Reads the value at the reader's position and moves it behind the value.</summary>
    /// <param name="reader">The reader, which stands at a value.</param>
    /// <param name="value">The value.</param>
    /// <returns>False if what is there is no <typeparamref name="T"/>; the position is then of no meaning.</returns>
    public abstract bool TryRead(ref EventReader reader, out T? value);

    /// <summary>Throws if no value can come of JSON, before the first one does.</summary>
    /// <exception cref="NotSupportedException">None can; the message says why.</exception>
    internal virtual void CheckReadable()
    {
    }
}
