using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sockeye.Abstractions.Tests;

/// <summary>What the compiler says of handlers that cannot be registered: one error each, in words that say what to write.</summary>
public sealed class RefusedHandlerTests
{
    private const string Untyped = "The parameters of a handler state their types";
    private const string NoLambda = "A method needs the types of its parameters, On<SockeyeSocket, string>(\"chat\", OnChat)";
    private const string Lost = "use OnWithAck to answer with it, or return nothing";

    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    [Theory]
    [InlineData("""server.On("x", a => { });""")]
    [InlineData("""server.On("x", (socket, text) => socket.Emit("x", text));""")]
    [InlineData("""server.On("x", (socket, text) => { foreach (var c in text) { Console.WriteLine($"{c}"); } });""")]
    [InlineData("""server.On("x", async (socket, text) => { await Task.Yield(); socket.Emit(text); });""")]
    [InlineData("""server.On("x", async (a, b) => { await Task.Yield(); return a + b; });""")]
    [InlineData("""server.On("x", (a, b) => a + b);""")]
    [InlineData("""server.On(7, (a, b, c) => a + b + c);""")]
    [InlineData("""server.On("x", (socket, a, b, c, d, e) => { });""")]
    [InlineData("""server.OnWithAck("x", (a, b) => a + b);""")]
    [InlineData("""server.OnWithAck("x", async a => { await Task.Yield(); return a; });""")]
    [InlineData("""server.OnWithAck("x", async a => await Task.Yield());""")]
    public void Without_the_types_of_its_parameters(string code) => Says(Untyped, code);

    [Theory]
    [InlineData("""server.On("x", OnChat);""")]
    [InlineData("""server.On("x", OnChatAsync);""")]
    [InlineData("""server.On("x", Double);""")]
    [InlineData("""server.OnWithAck("x", Double);""")]
    [InlineData("""server.On("x", (int a, int b, int c, int d, int e) => { });""")]
    [InlineData("""server.OnWithAck("x", (int a, int b, int c, int d, int e) => a + e);""")]
    public void A_method_or_more_than_four_parameters(string code) => Says(NoLambda, code);

    [Theory]
    [InlineData("""server.On("x", (SockeyeSocket socket, string text) => socket.Emitt("x", text));""", "CS1061")]
    [InlineData("""server.On("x", async (string text) => { await Missing(text); });""", "CS0103")]
    [InlineData("""server.OnWithAck("x", (string text) => text.Lenght);""", "CS1061")]
    [InlineData("""server.On("x", (Strng text) => { });""", "CS0246")]
    public void An_error_inside_of_a_lambda_is_told_as_what_it_is_and_the_other_line_points_to_it(string code, string id)
    {
        var errors = Errors(code);
        Assert.Contains(errors, error => error.Id == id);
        Assert.All(errors.Where(error => error.Id != id), static error =>
            Assert.Contains("If an error inside of this lambda is told too, mend that one alone.", error.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""server.Emit("x", 1, 2, 3, 4);""")]
    [InlineData("""server.To("a").Emit("x", 1, "2", 3.0, null);""")]
    [InlineData("""server.OnConnection(socket => { socket.Emit("x", 1, 2, 3, 4, 5, 6); });""")]
    [InlineData("""server.OnConnection(socket => { socket.Volatile.Emit(7, 1, 2, 3, 4); });""")]
    public void More_than_three_arguments_to_emit(string code) => Says("EmitArgs(\"name\", 1, 2, 3, 4) takes any number", code);

    [Theory]
    [InlineData("""server.Emit("x", null);""")]
    [InlineData("""server.To("a").Emit("x", null);""")]
    [InlineData("""server.OnConnection(socket => { socket.Emit("x", null); });""")]
    [InlineData("""server.OnConnection(socket => { socket.Volatile.Emit("x", null); });""")]
    public void Null_without_a_type_to_emit(string code) => Says("Null is sent by Emit<string?>(\"name\", null).", code);

    [Theory]
    [InlineData("""server.On("x", () => 5);""")]
    [InlineData("""server.On("x", (int a) => a + 1);""")]
    [InlineData("""server.On("x", (SockeyeSocket socket, int a, int b, int c) => a + b + c);""")]
    [InlineData("""server.On("x", async (int a) => { await Task.Yield(); return a; });""")]
    [InlineData("""server.On("x", async () => { await Task.Yield(); return 1; });""")]
    public void A_value_that_would_be_lost(string code) => Says(Lost, code);

    [Theory]
    [InlineData("""map.On("x", h => h.Chat);""", "The types of the method's parameters are named")]
    [InlineData("""map.On("x", h => h.ChatAsync);""", "The types of the method's parameters are named")]
    [InlineData("""map.OnWithAck("x", h => h.Double);""", "The types of the method's parameters are named")]
    [InlineData("""map.On<string>("x", h => h.Chat);""", "The types are not those of the method's parameters")]
    [InlineData("""map.On<int, string>("x", h => h.ChatAsync);""", "The types are not those of the method's parameters")]
    [InlineData("""map.OnWithAck<int>("x", h => h.Double);""", "The types are not those of the method's parameters")]
    public void A_method_of_a_class_that_cannot_be_mapped(string code, string text) => Says(text, code);

    [Theory]
    [InlineData("""map.On<SockeyeSocket, string>("x", h => h.Chat);""")]
    [InlineData("""map.On<SockeyeSocket, string>("x", h => h.ChatAsync);""")]
    [InlineData("""map.On<string>("x", h => text => Console.WriteLine(text));""")]
    [InlineData("""map.On<string>("x", h => async text => { await Task.Yield(); Console.WriteLine(text); });""")]
    [InlineData("""map.OnWithAck<int, int>("x", h => h.Double);""")]
    [InlineData("""map.On("x", h => h.None);""")]
    [InlineData("""map.OnConnection(h => h.Enter);""")]
    [InlineData("""map.OnConnection(h => socket => socket.Join("room"));""")]
    [InlineData("""map.Use(h => h.Admit);""")]
    [InlineData("""map.On(new SocketEvent<string>("x"), h => h.Chat);""")]
    [InlineData("""map.On(new SocketEvent<int, int>("x"), h => h.Double);""")]
    [InlineData("""server.AddHandlers(new ChatHandlers());""")]
    [InlineData("""server.AddHandlers(HandlerScope.Socket, socket => new ChatHandlers());""")]
    [InlineData("""server.On("x", () => { });""")]
    [InlineData("""server.On("x", None);""")]
    [InlineData("""server.On("x", (SockeyeSocket socket) => socket.Join("room"));""")]
    [InlineData("""server.On("x", (SockeyeSocket socket, string text) => socket.Emit("x", text));""")]
    [InlineData("""server.On("x", async (string text) => await Task.Yield());""")]
    [InlineData("""server.On("x", (string text) => Task.CompletedTask);""")]
    [InlineData("""server.On("x", (int a) => throw new InvalidOperationException());""")]
    [InlineData("""server.On("x", (object? anything, int? count) => { });""")]
    [InlineData("""server.On<SockeyeSocket, string>("x", OnChat);""")]
    [InlineData("""server.On<SockeyeSocket, string>("x", OnChatAsync);""")]
    [InlineData("""server.OnWithAck<int, int>("x", Double);""")]
    [InlineData("""server.OnWithAck("x", (int a, int b) => a + b);""")]
    [InlineData("""server.OnWithAck("x", (int a) => { });""")]
    [InlineData("""server.OnWithAck("x", async (int a) => { await Task.Yield(); return a; });""")]
    [InlineData("""server.OnRaw("x", e => e.AckRaw());""")]
    [InlineData("""server.On(new SocketEvent<string>("x"), text => Console.WriteLine(text.Length));""")]
    [InlineData("""server.On(new SocketEvent<string, int>("x"), (socket, text) => text.Length);""")]
    public void What_can_be_registered_compiles(string code) => Assert.Empty(Errors(code));

    private static void Says(string text, string code)
    {
        var error = Assert.Single(Errors(code));
        Assert.Equal("CS0619", error.Id);
        Assert.Contains(text, error.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static Diagnostic[] Errors(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(
            $$"""
            #nullable enable
            using System;
            using System.Threading.Tasks;
            using Sockeye;

            static class Program
            {
                static void Main(SockeyeServer server, HandlerMap<ChatHandlers> map)
                {
                    {{code}}
                }

                static void None() { }
                static void OnChat(SockeyeSocket socket, string text) { }
                static Task OnChatAsync(SockeyeSocket socket, string text) => Task.CompletedTask;
                static int Double(int a) => 2 * a;
            }

            sealed class ChatHandlers : ISocketHandlers<ChatHandlers>
            {
                public static void Map(HandlerMap<ChatHandlers> map) { }
                public void None() { }
                public void Enter(SockeyeSocket socket) { }
                public ConnectResult Admit(SockeyeSocket socket) => ConnectResult.Accept;
                public void Chat(SockeyeSocket socket, string text) { }
                public Task ChatAsync(SockeyeSocket socket, string text) => Task.CompletedTask;
                public int Double(int a) => 2 * a;
            }
            """,
            cancellationToken: TestContext.Current.CancellationToken);
        var compilation = CSharpCompilation.Create("user", [tree], References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        return [.. compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
    }
}
