using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text.Json.Serialization.Metadata;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Sockeye.Abstractions.Tests;

/// <summary>What codecs know about types of a load context that goes.</summary>
public sealed class UnloadingTests
{
    private const string Source = """
        using System;
        using System.Collections.Generic;
        using System.Text.Json;
        using System.Text.Json.Serialization.Metadata;
        using Sockeye;

        public sealed class Move { public int X { get; set; } public object Inner { get; set; } }

        public enum Kind { First, Second }

        public static class Play
        {
            public static void Use(SockeyeSocket socket)
            {
                socket.On("typed", (Move move) => { if (move.X != 1) throw new Exception("typed"); });
                socket.On("listed", (List<Move> moves) => { });
                socket.On("default", (int a, Kind kind = Kind.Second) => { });
                socket.On("acked", (Move move) => { });
                socket.Emit("typed", new Move { X = 2, Inner = new Move { X = 3 } });
                socket.Emit<object>("untyped", new Move { X = 4 });
                socket.Emit("listed", new List<object> { new Move { X = 5 } });
                socket.Data.Set("move", new Move { X = 6 });
                if (socket.Data.Get<Move>("move").X != 6) throw new Exception("data");
            }
        }

        public sealed class Context : IJsonTypeInfoResolver
        {
            public JsonTypeInfo GetTypeInfo(Type type, JsonSerializerOptions options) =>
                type == typeof(List<Move>) ? JsonMetadataServices.CreateListInfo<List<Move>, Move>(options, new JsonCollectionInfoValues<List<Move>> { ObjectCreator = () => new List<Move>() })
                : type == typeof(Kind) ? JsonMetadataServices.CreateValueInfo<Kind>(options, JsonMetadataServices.GetEnumConverter<Kind>(options))
                : type == typeof(int) ? Own(JsonMetadataServices.CreateValueInfo<int>(options, JsonMetadataServices.Int32Converter))
                : type == typeof(string) ? JsonMetadataServices.CreateValueInfo<string>(options, JsonMetadataServices.StringConverter)
                : type != typeof(Move) ? null
                : JsonMetadataServices.CreateObjectInfo<Move>(options, new JsonObjectInfoValues<Move>
                {
                    ObjectCreator = () => new Move(),
                    PropertyMetadataInitializer = _ => new JsonPropertyInfo[]
                    {
                        JsonMetadataServices.CreatePropertyInfo<int>(options, new JsonPropertyInfoValues<int>
                        {
                            IsProperty = true, IsPublic = true, DeclaringType = typeof(Move), PropertyName = "X", JsonPropertyName = "x",
                            Getter = static move => ((Move)move).X, Setter = static (move, value) => ((Move)move).X = value,
                        }),
                        JsonMetadataServices.CreatePropertyInfo<object>(options, new JsonPropertyInfoValues<object>
                        {
                            IsProperty = true, IsPublic = true, DeclaringType = typeof(Move), PropertyName = "Inner", JsonPropertyName = "inner",
                            Getter = static move => ((Move)move).Inner, Setter = static (move, value) => ((Move)move).Inner = value,
                        }),
                    },
                });

            // As generated contexts do.
            private JsonTypeInfo Own(JsonTypeInfo info)
            {
                info.OriginatingResolver = this;
                return info;
            }
        }
        """;

    [Fact]
    public void Types_of_a_context_that_is_unloaded_are_not_kept_by_the_codec_that_served_them()
    {
        var codec = new JsonPayloadCodec();
        List<Type> reflected = [];
        codec.Reflected = reflected.Add;
        var context = UseOnce(codec);
        for (var start = Stopwatch.GetTimestamp(); context.IsAlive && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1);)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(context.IsAlive);
        Assert.Empty(reflected);

        // The codec goes on.
        var socket = new FakeSocket(new FakeNamespace(codec));
        socket.Emit("x", new[] { "a" });
        Assert.Equal("[\"x\",[\"a\"]]", socket.Sent[^1].Payload);
    }

    [Fact]
    public void Types_of_a_context_are_not_kept_by_those_of_the_next_that_came_before_it_went()
    {
        var codec = new JsonPayloadCodec();
        var (gone, next) = UseTwo(codec);
        for (var start = Stopwatch.GetTimestamp(); gone.IsAlive && Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1);)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Both know int: each has its own metadata of it.
        Assert.False(gone.IsAlive);
        next.Unload();
    }

    [Fact]
    public void A_type_that_can_be_unloaded_and_is_served_by_reflection_is_told()
    {
        var codec = new JsonPayloadCodec();
        List<string> reflected = [];
        codec.Reflected = type => reflected.Add(type.Name);
        var socket = new FakeSocket(new FakeNamespace(codec));
        var assembly = Load(out var context);
        assembly.GetType("Play")!.GetMethod("Use")!.Invoke(null, [socket]);
        Assert.Contains("Move", reflected);
        Assert.Contains(socket.Sent, sent => sent.Payload.Contains("{\"x\":2,\"inner\":{\"x\":3,\"inner\":null}}", StringComparison.Ordinal));
        context.Unload();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseOnce(JsonPayloadCodec codec)
    {
        var assembly = Load(out var context);
        var added = codec.AddTypes((IJsonTypeInfoResolver)Activator.CreateInstance(assembly.GetType("Context")!)!, null);
        var socket = new FakeSocket(new FakeNamespace(codec));
        assembly.GetType("Play")!.GetMethod("Use")!.Invoke(null, [socket]);
        socket.Receive("typed", "{\"x\":1}");
        Assert.Equal("[\"typed\",{\"x\":2,\"inner\":{\"x\":3,\"inner\":null}}]", socket.Sent[0].Payload);
        Assert.Equal("[\"untyped\",{\"x\":4,\"inner\":null}]", socket.Sent[1].Payload);
        Assert.Equal("[\"listed\",[{\"x\":5,\"inner\":null}]]", socket.Sent[2].Payload);
        added.Dispose();
        context.Unload();
        return new WeakReference(context);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Gone, AssemblyLoadContext Next) UseTwo(JsonPayloadCodec codec)
    {
        var first = Load(out var gone);
        var added = codec.AddTypes((IJsonTypeInfoResolver)Activator.CreateInstance(first.GetType("Context")!)!, null);
        first.GetType("Play")!.GetMethod("Use")!.Invoke(null, [new FakeSocket(new FakeNamespace(codec))]);
        var second = Load(out var next);
        codec.AddTypes((IJsonTypeInfoResolver)Activator.CreateInstance(second.GetType("Context")!)!, null);
        second.GetType("Play")!.GetMethod("Use")!.Invoke(null, [new FakeSocket(new FakeNamespace(codec))]);
        added.Dispose();
        gone.Unload();
        return (new WeakReference(gone), next);
    }

    private static System.Reflection.Assembly Load(out AssemblyLoadContext context)
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var references = Directory.GetFiles(folder, "System*.dll").Append(typeof(SockeyeSocket).Assembly.Location).Where(IsManaged).Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "Unloading" + Guid.NewGuid().ToString("N"), [CSharpSyntaxTree.ParseText(Source)], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        bytes.Position = 0;
        context = new AssemblyLoadContext("unloading", isCollectible: true);
        return context.LoadFromStream(bytes);
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
