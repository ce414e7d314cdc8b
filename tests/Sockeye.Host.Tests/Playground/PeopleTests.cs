using Sockeye.Host.Playground;
using Sockeye.Testing;

namespace Sockeye.Host.Tests.Playground;

public sealed class PeopleTests : PlaygroundTest
{
    [Fact]
    public void A_visitor_is_told_who_is_here_and_the_others_who_has_come()
    {
        var ann = Visit();
        var bob = Visit();
        var welcome = bob.Next<Welcome>("welcome")!;
        Assert.Equal([ann.Next<Welcome>("welcome")!.You, welcome.You], welcome.People);
        Assert.Equal(welcome.You, ann.Next<Person>("came"));
        Assert.NotEqual(welcome.People[0].Name, welcome.People[1].Name);
        Assert.NotEqual(welcome.People[0].Hue, welcome.People[1].Hue);
    }

    [Fact]
    public void Who_leaves_is_named_to_the_others_and_takes_the_fish_along()
    {
        var ann = Visit();
        var bob = Visit();
        var you = bob.Next<Welcome>("welcome")!.You;
        App.Advance(2 * Tick);
        Assert.Equal(Pool.School + 2, ann.Events.Last(e => e.Name == "pool").Get<byte[]>()![4]);
        bob.Disconnect();
        App.Advance(2 * Tick);
        Assert.Equal(you, ann.Next<Person>("left"));
        Assert.Equal(Pool.School + 1, ann.Events.Last(e => e.Name == "pool").Get<byte[]>()![4]);
    }

    [Fact]
    public void What_is_said_is_read_in_the_room_alone_and_the_answer_counts_who_reads_it()
    {
        var (ann, bob, eve) = (Visit(), Visit(), Visit());
        Assert.Equal(1, eve.Call<int>("room", "den"));
        Assert.Equal(1, ann.Call<int>("say", "  hello\u0007 \u202eyou "));
        var said = bob.Next("said");
        Assert.Equal(ann.Next<Welcome>("welcome")!.You, said.Get<Person>());
        Assert.Equal("hello you", said.Get<string>(1));
        Assert.Equal(0, CountOf(eve, "said"));
    }

    [Fact]
    public void A_room_that_is_named_like_the_id_of_a_socket_is_not_that_sockets_room()
    {
        var (ann, eve) = (Visit(), Visit());
        Assert.Equal(1, eve.Call<int>("room", ann.Id));
        App.Server.Of(PlaygroundApp.Namespace).To(ann.Id!).Emit("secret");
        App.RunUntilIdle();
        Assert.Equal(1, CountOf(ann, "secret"));
        Assert.Equal(0, CountOf(eve, "secret"));
    }

    [Theory]
    [InlineData("say", "text", PlaygroundLimits.TextLength)]
    [InlineData("room", "room", PlaygroundLimits.RoomLength)]
    [InlineData("name", "name", PlaygroundLimits.NameLength)]
    public void A_text_has_a_longest_length_and_is_not_empty(string name, string code, int most)
    {
        var ann = Visit();
        Assert.Null(CodeOf(ann, name, new string('x', most)));
        Assert.Equal(code, CodeOf(ann, name, new string('x', most + 1)));
        Assert.Equal(code, CodeOf(ann, name, " \u0000\u200b "));
    }

    [Fact]
    public void A_new_name_is_everybodys_to_see()
    {
        var (ann, bob) = (Visit(), Visit());
        Assert.Null(CodeOf(ann, "name", "Ann"));
        Assert.Equal("Ann", bob.Next<Person>("changed")!.Name);
        Assert.Contains("Ann", Visit().Next<Welcome>("welcome")!.People.Select(person => person.Name));
    }

    [Fact]
    public void There_are_at_most_so_many_visitors_and_one_who_leaves_makes_room()
    {
        var visitors = Enumerable.Range(0, PlaygroundLimits.Visitors).Select(_ => VisitNextTick()).ToArray();
        Assert.All(visitors, visitor => Assert.True(visitor.IsConnected));
        Assert.Contains("full", VisitNextTick().Refusal!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        visitors[0].Disconnect();
        Assert.True(VisitNextTick().IsConnected);

        SockeyeTestClient VisitNextTick()
        {
            App.Advance(Tick);
            return Visit();
        }
    }

    [Fact]
    public void Between_two_ticks_so_many_may_come_and_the_others_later()
    {
        for (var i = 0; i < PlaygroundLimits.ArrivalsPerTick; i++)
        {
            Assert.True(Visit().IsConnected);
        }

        Assert.Contains("at once", Visit().Refusal!.Value.GetProperty("message").GetString(), StringComparison.Ordinal);
        App.Advance(Tick * 1.5);
        Assert.True(Visit().IsConnected);
    }

    [Fact]
    public void A_burst_is_granted_up_to_the_allowance_and_more_when_ticks_have_refilled_it()
    {
        var ann = Visit();
        for (var i = 0; i < PlaygroundLimits.Burst; i++)
        {
            Assert.Equal(i, ann.Call<int>("echo", i));
        }

        Assert.Equal("rate", CodeOf(ann, "echo"));
        App.Advance(Tick * 1.5);
        for (var i = 0; i < PlaygroundLimits.Refill; i++)
        {
            Assert.Equal(i, ann.Call<int>("echo", i));
        }

        Assert.Equal("rate", CodeOf(ann, "echo"));
    }

    [Fact]
    public void A_long_message_costs_as_much_as_many_short_ones()
    {
        var ann = Visit();
        Assert.Null(CodeOf(ann, "echo", new string('x', 256 * (PlaygroundLimits.Burst - 10))));
        Assert.Equal("rate", CodeOf(ann, "echo", new string('x', 256 * 20)));
        var bob = Visit();
        Assert.Null(CodeOf(bob, "echo", new byte[256 * (PlaygroundLimits.Burst - 10)]));
        Assert.Equal("rate", CodeOf(bob, "echo", new byte[256 * 10], new byte[256 * 10]));
    }

    [Fact]
    public void A_client_that_does_not_stop_is_disconnected_and_the_others_do_not_notice()
    {
        var (ann, eve) = (Visit(), Visit());
        for (var i = 0; i < 10; i++)
        {
            // Now and then one of them is granted again.
            Flood((PlaygroundLimits.Burst / 80) + (PlaygroundLimits.Refusals / 10) - 1);
            Assert.True(eve.IsConnected);
            App.Advance(3 * Tick);
        }

        Flood(100);
        Assert.False(eve.IsConnected);
        Assert.True(ann.IsConnected);
        Assert.Equal(7, ann.Call<int>("echo", 7));

        void Flood(int events)
        {
            for (var i = 0; i < events; i++)
            {
                eve.Emit("feed", i, i);
            }

            App.RunUntilIdle();
        }
    }

    [Fact]
    public void Arguments_of_other_types_do_nothing()
    {
        var ann = Visit();
        foreach (var name in new[] { "steer", "feed" })
        {
            ann.Emit(name);
            ann.Emit(name, "left", null);
            ann.Emit(name, double.MaxValue, -double.MaxValue);
            ann.Emit(name, 1e30, -1e30);
        }

        App.Advance(Tick * 2);
        Assert.True(ann.IsConnected);
        Assert.True(CountOf(ann, "pool") > 0);
    }

    [Fact]
    public void The_load_is_told_twice_a_second_and_a_newcomer_gets_the_last_minute()
    {
        var ann = Visit();
        App.Advance(TimeSpan.FromSeconds(61));
        Assert.InRange(CountOf(ann, "load"), 120, 122);
        var figures = ann.Events.Last(e => e.Name == "load").Get<Figures>()!;
        Assert.True(figures.Memory > 1);
        var past = Visit().Next<Welcome>("welcome")!.Past;
        Assert.Equal(120, past.Count);
        Assert.Equal(figures, past[^1]);
    }
}
