namespace Sockeye.Plugins.Tests;

/// <summary>What is compiled of a new generation before it is called: all of its assembly, also what nobody ever calls.</summary>
public sealed class CompiledAheadTests
{
    [Fact]
    public async Task A_new_version_whose_code_cannot_all_be_compiled_runs_and_nothing_of_it_is_called_ahead()
    {
        const string Start = "context.Server.On(\"ran\", (SockeyeSocket socket) => { socket.Emit(\"ran\", AppDomain.CurrentDomain.GetData(\"ran\") as string ?? \"\"); });";
        const string Members = """
            public static class Eager { static Eager() { AppDomain.CurrentDomain.SetData("ran", "Eager"); } public static int Number = 1; public static int Get() => Number; }
            public static class Lazy { public static int Number = Ran("Lazy"); public static int Get() => Number; private static int Ran(string what) { AppDomain.CurrentDomain.SetData("ran", what); return 1; } }
            public static class Both<T> { public static int Number = Ran(); public static int Get() => Number; private static int Ran() { AppDomain.CurrentDomain.SetData("ran", "Both"); return 1; } }
            public static int Uses() => Eager.Get() + Eager.Number + Lazy.Get() + Lazy.Number + Both<int>.Get() + Both<string>.Number;

            [System.Runtime.InteropServices.UnmanagedCallersOnly] public static int Unmanaged(int number) => number;
            [System.Runtime.InteropServices.DllImport("nowhere", CharSet = System.Runtime.InteropServices.CharSet.Unicode, SetLastError = true)] public static extern string Nowhere(string text, Func<int> call);
            public static int CallsNowhere() => Nowhere("", null).Length;
            public static int Any(__arglist) => new ArgIterator(__arglist).GetRemainingCount();
            public static int CallsAny() => Any(__arglist(1, "2"));
            public interface IDefault { int Number => 1; static abstract int Other { get; } static virtual int Third => 3; }
            public delegate void Called(in int number);
            public ref struct Narrow { public Span<int> Numbers; public readonly int First => Numbers[0]; }
            [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Explicit)] public struct Overlapping
            {
                [System.Runtime.InteropServices.FieldOffset(0)] public object Text;
                [System.Runtime.InteropServices.FieldOffset(0)] public int Number;
                public static int Size() => 1;
            }
            public static Overlapping CannotBeLoaded(Overlapping other) => other;

            public static Lost.Thing Returns() => null;
            public static void Takes(Lost.Thing thing) { }
            public static void Has(Lost.Value value) { var copy = value; Console.WriteLine(copy.Number); }
            public static int Body() => new Lost.Thing().Number;
            [Lost.Mark] public static void Marked() { }
            public class Derived : Lost.Thing { public int Own() => 1; }
            public class Holder { public Lost.Value Value; public int Own() => 1; }
            public class Implements : Lost.IThing { public int Number => 1; }
            public class Constrained<T> where T : Lost.Thing { public int Own() => 1; }
            public class Closed : System.Collections.Generic.List<Lost.Thing> { public int Own() => 1; }
            """;
        using PluginRoot root = new(), elsewhere = new();
        root.Add("sample", PluginRoot.Source());
        await using var server = root.Server();
        await server.StartAsync();
        await using var client = await RealClient.ConnectAsync(server);
        var lost = elsewhere.Add("lost", "namespace Lost { public class Thing { public int Number => 1; } public struct Value { public int Number; } public interface IThing { int Number { get; } } public sealed class MarkAttribute : System.Attribute { } }", "Lost");

        // The library is there, in a version without these types.
        root.Add("sample", "namespace Lost { public class Other { } }", "Lost");
        root.Add("sample", PluginRoot.Source(version: "2.0.0", start: Start, members: Members), references: lost);
        Assert.Null(Assert.Single(await server.Plugins.ReloadAsync("sample")).Error);
        Assert.Equal("2.0.0", Assert.Single(server.Plugins.All).Version);
        await client.EmitAsync("[\"ran\"]");
        Assert.Equal("", (await client.NextAsync())[1].GetString());
    }
}
