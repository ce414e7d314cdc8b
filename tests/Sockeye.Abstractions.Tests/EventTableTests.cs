using System.Globalization;
using System.Text;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Abstractions.Tests;

public sealed class EventTableTests
{
    private readonly EventTable _table = new();

    [Fact]
    public void Each_of_many_names_finds_its_own_handlers()
    {
        for (var i = 0; i < 1000; i++)
        {
            _table.Add("name" + i.ToString(CultureInfo.InvariantCulture), new Probe());
            _table.Add(i, new Probe());
        }

        for (var i = 0; i < 1000; i++)
        {
            var digits = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("name" + digits, Find("name" + digits)!.Name.Text);
            Assert.Equal(i, _table.Find(Encoding.UTF8.GetBytes(digits), true)!.Name.Number);
        }

        Assert.Null(Find("name1000"));
        Assert.Null(Find("name"));
        Assert.Null(Find(""));
    }

    [Fact]
    public void Names_compare_by_ordinal()
    {
        _table.Add("é", new Probe());
        Assert.NotNull(Find("é"));
        Assert.Null(Find("e\u0301"));
        _table.Add("Name", new Probe());
        Assert.Null(Find("name"));
    }

    [Fact]
    public void A_text_of_digits_does_not_find_the_number()
    {
        _table.Add(1, new Probe());
        Assert.Null(_table.Find("1"u8, false));
        Assert.NotNull(_table.Find("1"u8, true));
        Assert.Null(_table.Find("1.0"u8, true));
        Assert.Null(_table.Find("99999999999999"u8, true));
    }

    [Fact]
    public void Names_that_differ_in_one_byte_or_in_length_only_are_told_apart()
    {
        string[] names = ["", "\u0001", "a", "aa", "aaaaaaaa", "aaaaaaaab", "aaaaaaaaa", "baaaaaaa", "aaaaaaa"];
        foreach (var name in names)
        {
            _table.Add(name, new Probe());
        }

        foreach (var name in names)
        {
            Assert.Equal(name, Find(name)!.Name.Text);
        }
    }

    [Fact]
    public void Handlers_of_one_name_keep_their_order()
    {
        Probe a = new(), b = new(), c = new();
        _table.Add("e", a);
        var second = _table.Add("e", b);
        _table.Add("e", c);
        second.Dispose();
        Assert.Equal([a, c], Find("e")!.Invokers);
    }

    [Fact]
    public void A_name_without_handlers_is_gone_and_may_come_back()
    {
        for (var round = 0; round < 100; round++)
        {
            var registrations = Enumerable.Range(0, 40).Select(i => _table.Add("e" + i.ToString(CultureInfo.InvariantCulture), new Probe())).ToList();
            Assert.NotNull(Find("e39"));
            registrations.ForEach(registration => registration.Dispose());
            Assert.Null(Find("e0"));
            Assert.Null(Find("e39"));
        }
    }

    [Fact]
    public async Task Readers_see_complete_chains_while_handlers_come_and_go()
    {
        _table.Add("stays", new Probe());
        var writer = Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                using var registration = _table.Add("n" + (i % 50).ToString(CultureInfo.InvariantCulture), new Probe());
            }
        });
        while (!writer.IsCompleted)
        {
            Assert.NotNull(Find("stays"));
        }

        await writer;
    }

    private EventTable.EventHandlers? Find(string name) => _table.Find(Encoding.UTF8.GetBytes(name), false);

    private sealed class Probe : EventInvoker
    {
        public override Task? Invoke(in EventReader e) => null;
    }
}
