using System.Text;

namespace Sockeye.Host.Token;

/// <summary>A line that somebody types at a terminal, without showing it. One thread.</summary>
internal sealed class HiddenInput : TextReader
{
    private readonly TextWriter _prompt;

    private HiddenInput(TextWriter prompt) => _prompt = prompt;

    /// <summary>Standard input: what is handed over there as it is, and what is typed hidden.</summary>
    /// <param name="prompt">Where it says that it waits.</param>
    public static TextReader OfConsole(TextWriter prompt) => Console.IsInputRedirected ? Console.In : new HiddenInput(prompt);

    /// <inheritdoc />
    public override int ReadBlock(char[] buffer, int index, int count)
    {
        var line = ReadTyped();
        var length = Math.Min(line.Length, count);
        line.AsSpan(0, length).CopyTo(buffer.AsSpan(index));
        return length;
    }

    private string ReadTyped()
    {
        _prompt.Write("secret: ");
        StringBuilder typed = new();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                typed.Append(key.KeyChar);
            }
        }

        _prompt.WriteLine();
        return typed.ToString();
    }
}
