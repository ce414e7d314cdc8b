using System.Text.Json;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Tests.Outputs;

public sealed class BusOutputTests : OutputTest
{
    [Fact]
    public void An_event_is_published_in_its_envelope()
    {
        using var output = new BusOutput(Support);
        var message = Message("1,2");

        Assert.True(output.Offer("orders.new", message));

        var (subject, text) = Assert.Single(Bus.Published);
        Assert.Equal("orders.new", subject);
        using var body = JsonDocument.Parse(text);
        Assert.Equal(message.Id, body.RootElement.GetProperty("id").GetString());
        Assert.Equal("news", body.RootElement.GetProperty("event").GetString());
        Assert.Equal(2, body.RootElement.GetProperty("arguments").GetArrayLength());
    }

    [Fact]
    public async Task What_the_bus_does_not_take_is_counted_by_reason_and_told()
    {
        using var output = new BusOutput(Support);
        var message = Message();
        Bus.Answer = () => EmitResult.Dropped;
        Assert.False(output.Offer("s", message));
        Bus.Answer = () => EmitResult.Closed;
        Assert.False(output.Offer("s", message));
        Bus.Answer = () => throw new InvalidOperationException("a bus that fails");
        Assert.False(output.Offer("s", message));
        Bus.Answer = () => EmitResult.Accepted;
        Bus.MaxMessageBytes = message.Body.Length - 1;
        Assert.False(output.Offer("s", message));
        Bus.MaxMessageBytes = message.Body.Length;
        Assert.True(output.Offer("s", message));

        Assert.Equal("Routing: the bus did not deliver: bus_full 1.", await Log.Line("bus_full"));
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.BusFull));
        Assert.Equal(2, output.Counts.DroppedFor(DropReason.BusClosed));
        Assert.Equal(1, output.Counts.DroppedFor(DropReason.TooLarge));
        Assert.Equal(1, output.Counts.Sent);
        Assert.Equal(output.Counts.Offered, output.Counts.Sent + output.Counts.Dropped);
    }

    [Fact]
    public void An_event_whose_name_is_a_number_has_a_number_in_its_envelope_and_one_without_arguments_an_empty_list()
    {
        var message = OutgoingMessage.Of(new RoutedEvent { Namespace = "/", Name = 7 }, DateTimeOffset.UnixEpoch);

        using var body = JsonDocument.Parse(message.Body);
        Assert.Equal(7, body.RootElement.GetProperty("event").GetInt32());
        Assert.Equal(0, body.RootElement.GetProperty("arguments").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, body.RootElement.GetProperty("user").ValueKind);
        Assert.False(body.RootElement.TryGetProperty("attachments", out _));
    }
}
