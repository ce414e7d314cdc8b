using Xunit;

namespace Sockeye.Transport.Tests;

/// <summary>Going through a table with pauses.</summary>
public sealed class IdTableReadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    public void All_are_read_once(int count)
    {
        var table = new IdTable<Entry>();
        var entries = Fill(table, count);
        Assert.Equal(entries.ToHashSet(), ReadAll(table, static () => { }).ToHashSet());
        Assert.Equal(count, ReadAll(table, static () => { }).Count);
    }

    [Theory]
    [InlineData(500, 5000)]     // it grows several times
    [InlineData(5000, 0)]       // it stays
    public void Who_is_there_all_the_while_is_read_once_while_others_come(int before, int more)
    {
        var table = new IdTable<Entry>();
        var stay = Fill(table, before);
        var left = 10;
        var read = ReadAll(table, () => Fill(table, left-- > 0 ? more / 10 : 0));
        Assert.Equal(stay.Count, read.Count(stay.Contains));
        Assert.Equal(read.Count, read.Distinct().Count());
    }

    [Fact]
    public void Who_is_there_all_the_while_is_read_once_while_others_go_and_the_table_shrinks()
    {
        var table = new IdTable<Entry>();
        var stay = Fill(table, 500);
        var go = new Queue<Entry>(Fill(table, 20_000));
        var read = ReadAll(table, () =>
        {
            for (var i = 0; i < 3000 && go.TryDequeue(out var entry); i++)
            {
                table.Remove(entry);
            }
        });
        Assert.Equal(stay.Count, read.Count(stay.Contains));
        Assert.Equal(read.Count, read.Distinct().Count());
    }

    [Fact]
    public void Too_little_room_is_refused()
    {
        var table = new IdTable<Entry>();
        long position = 0;
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Read(ref position, new Entry[IdTable<Entry>.LeastRead - 1]));
        Assert.Equal(0, table.Read(ref position, new Entry[IdTable<Entry>.LeastRead]));
    }

    private static HashSet<Entry> Fill(IdTable<Entry> table, int count)
    {
        HashSet<Entry> made = [];
        for (var i = 0; i < count; i++)
        {
            var entry = new Entry(RandomId.Create(1, 1));
            table.Add(entry);
            made.Add(entry);
        }

        return made;
    }

    private static List<Entry> ReadAll(IdTable<Entry> table, Action between)
    {
        List<Entry> read = [];
        var some = new Entry[IdTable<Entry>.LeastRead];
        for (long position = 0; position < IdTable<Entry>.End;)
        {
            var count = table.Read(ref position, some);
            read.AddRange(some[..count]);
            between();
        }

        return read;
    }

    private sealed class Entry(RandomId key) : IIdEntry<Entry>
    {
        public RandomId Key => key;

        public Entry? Following { get; set; }
    }
}
