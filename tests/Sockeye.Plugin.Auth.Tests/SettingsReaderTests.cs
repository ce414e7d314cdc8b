using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Auth.Settings;

namespace Sockeye.Plugin.Auth.Tests;

public sealed class SettingsReaderTests
{
    [Fact]
    public void All_faults_are_told_at_once_each_with_its_path()
    {
        var reader = Reader(("Flag", "yes"), ("Number", "12"), ("Time", "25"), ("Choice", "1"), ("Stranger", "x"), ("List:0", ""), ("Below:Other", "x"));
        Assert.False(reader.Flag("Flag", false));
        Assert.Equal(5, reader.Number("Number", 5, 0, 10));
        Assert.Equal(TimeSpan.FromSeconds(1), reader.Time("Time", TimeSpan.FromSeconds(1), TimeSpan.Zero, TimeSpan.MaxValue));
        Assert.Equal(DayOfWeek.Friday, reader.Choice("Choice", DayOfWeek.Friday));
        Assert.Equal("", reader.NeededText("Needed"));
        Assert.Empty(reader.Texts("List")!);
        Assert.Null(reader.Section("Below").Text("Known"));
        var lines = Assert.Throws<FormatException>(reader.ThrowIfFaulty).Message.Split('\n');
        Assert.Equal(
            ["auth:Flag", "auth:Number", "auth:Time", "auth:Choice", "auth:Needed", "auth:List", "auth:Stranger", "auth:Below:Other"],
            lines.Select(static line => line.Split(' ')[0]));
    }

    [Fact]
    public void A_key_that_belongs_one_level_below_is_told_where()
    {
        var reader = Reader(("Rooms", "a"), ("Other", "b"), ("Items:0:Name", "x"));
        Assert.All(reader.Sections("Items"), static item => Assert.Equal(("x", null), (item.Settings.Text("Name"), item.Settings.Text("Rooms"))));
        Assert.Equal(
            ["auth:Rooms is no setting; did you mean auth:Items:0:Rooms? There are Items.", "auth:Other is no setting; there are Items."],
            Assert.Throws<FormatException>(reader.ThrowIfFaulty).Message.Split('\n').OrderDescending(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_right_is_read()
    {
        var reader = Reader(("Flag", "True"), ("Number", "-3"), ("Time", "00:00:25"), ("Zero", "0"), ("Choice", "monday"), ("List:1", "b"), ("List:0", "a"), ("Line", "a; b;"), ("Items:0:X", "1"), ("Items:1:X", "2"));
        Assert.True(reader.Flag("Flag", false));
        Assert.Equal(-3, reader.Number("Number", 5, -10, 10));
        Assert.Equal(TimeSpan.FromSeconds(25), reader.Time("Time", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.Zero, reader.Time("Zero", TimeSpan.MaxValue, TimeSpan.Zero, TimeSpan.MaxValue));
        Assert.Equal(DayOfWeek.Monday, reader.Choice("Choice", DayOfWeek.Friday));
        Assert.Equal(["a", "b"], reader.Texts("List")!);
        Assert.Equal(["a", "b"], reader.Texts("Line")!);
        Assert.Null(reader.Texts("None"));
        Assert.Equal(["1", "2"], reader.Sections("Items").Select(static item => item.Settings.Text("X")!));
        reader.ThrowIfFaulty();
    }

    private static SettingsReader Reader(params (string Key, string Value)[] values) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(values.ToDictionary(static pair => "auth:" + pair.Key, static pair => (string?)pair.Value)).Build().GetSection("auth"));
}
