using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>Arguments on their whole way: what a client sends that is no value, what the application sends that cannot be written, and the options of the builder.</summary>
public class PayloadTests : ServerTest
{
    [Theory]
    [InlineData("double", "1e400")]
    [InlineData("list", "[1,1e400]")]
    [InlineData("record", """{"x":-1e400}""")]
    [InlineData("untyped", """{"x":[1e400]}""")]
    [InlineData("text", "")]
    [InlineData("text", "null")]
    [InlineData("record", "")]
    public void An_argument_that_is_no_value_of_its_parameter_is_an_error_of_that_event_alone(string name, string arguments)
    {
        var calls = 0;
        List<Exception> errors = [];
        var app = Start(server =>
        {
            server.OnWithAck("double", (double value) => calls++);
            server.OnWithAck("list", (List<double> value) => calls++);
            server.OnWithAck("record", (Position value) => calls++);
            server.OnWithAck("untyped", (object value) => calls++);
            server.OnWithAck("text", (string value) => calls++);
            server.OnWithAck("ping", () => "pong");
            server.OnHandlerError(error => errors.Add(error.Exception));
        });
        var client = app.Connect();
        client.SendRaw($"21[\"{name}\"{(arguments.Length > 0 ? "," : "")}{arguments}]");
        Assert.Equal("pong", client.Call<string>("ping"));
        Assert.Equal(0, calls);
        Assert.IsType<EventFormatException>(Assert.Single(errors));
    }

    [Fact]
    public void A_broadcast_that_cannot_be_written_fails_its_call_and_no_later_one()
    {
        var app = Start(server => { }, loops: 2);
        var ann = app.Connect();
        var bob = app.Connect(loop: 1);
        Assert.Throws<ArgumentException>(() => app.Server.Emit("at", new Position(double.NaN)));
        Assert.Throws<ArgumentException>(() => { _ = app.Server.EmitWithAckAsync<int>("at", new Position(double.NaN)); });
        Assert.Throws<ArgumentException>(() => { _ = app.Server.EmitAsync("at", new Position(double.NaN)); });
        Assert.Throws<ArgumentException>(() => ann.Socket!.Broadcast.Emit("at", 1, double.NaN));
        app.Server.Emit("at", new Position(1));
        Assert.Equal("""{"x":1}""", ann.Next("at").Json);
        Assert.Equal("""{"x":1}""", bob.Next("at").Json);
    }

    [Fact]
    public void The_options_of_the_builder_hold_for_arguments_and_answers()
    {
        var app = Start(
            server => server.OnWithAck("days", (DayOfWeek day, DayOfWeek[] days) => days.Append(day).ToArray()),
            builder => builder.Json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase)));
        var client = app.Connect();
        client.SendRaw("""27["days","friday",["monday"]]""");
        app.RunUntilIdle();
        Assert.Equal("""["monday","friday"]""", client.CallRaw("days", DayOfWeek.Friday, new[] { DayOfWeek.Monday }).Json);
        app.Server.Emit("day", DayOfWeek.Sunday);
        Assert.Equal("\"sunday\"", client.Next("day").Json);
    }

    [Fact]
    public void As_many_attachments_as_the_option_says_leave_the_server_and_one_more_is_refused_at_the_call()
    {
        var app = Start(server => server.On("back", (EventContext e, EventMessage message) => e.AckArgs(message.ToArray())), builder =>
        {
            builder.Options.Limits.SentAttachments = 2;
            builder.Options.Limits.Attachments = 5;
        });
        var client = app.Connect();
        byte[] bytes = [1];
        client.Socket!.Emit("x", bytes, bytes);
        Assert.Equal(bytes, client.Next("x").Get<byte[]>(1)!);
        Assert.Throws<ArgumentException>(() => client.Socket.Emit("x", bytes, bytes, bytes));
        Assert.Throws<ArgumentException>(() => app.Server.EmitArgs("x", bytes, bytes, bytes));
        Assert.Equal(bytes, client.CallRaw("back", bytes, bytes).Get<byte[]>(1)!);
        List<Exception> errors = [];
        app.Server.OnHandlerError(error => errors.Add(error.Exception));
        client.Emit("back", bytes, bytes, bytes);
        var asked = client.Ask("back", bytes, bytes, bytes);
        app.RunUntilIdle();
        Assert.Null(client.AnswerTo(asked));
        Assert.IsType<ArgumentException>(Assert.Single(errors));
        Assert.True(client.IsConnected);
    }

    private sealed record Position(double X);
}
