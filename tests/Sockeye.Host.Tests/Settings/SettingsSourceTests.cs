using Sockeye.Host.Settings;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Sockeye.Host.Tests.Settings;

public sealed class SettingsSourceTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void It_says_what_the_source_of_NET_says_in_the_same_order_also_when_it_is_read_again_or_changed()
    {
        File.WriteAllText(_path, """
            { "b": { "10": 1, "9": 2, "x": { "Y": null } }, "B:x:z": "3", "a": [ "p", { "q": true }, [], {} ], "": { "": 4 }, "name": "n", "name:below": "both", "c::d": 5 }
            """);
        var (ours, theirs) = (Build(new SettingsSource()), Build(new JsonConfigurationSource()));
        AssertSame();
        File.WriteAllText(_path, """{ "other": { "z": 1, "y": 2 } }""");
        ours.Reload();
        theirs.Reload();
        AssertSame();
        ours["other:x"] = theirs["other:x"] = "3";
        ours["new:section"] = theirs["new:section"] = "4";
        AssertSame();
        File.Delete(_path);
        ours.Reload();
        theirs.Reload();
        AssertSame();
        Assert.Empty(ours.AsEnumerable());

        void AssertSame() => Assert.Equal(theirs.AsEnumerable(), ours.AsEnumerable());
    }

    [Fact]
    public void Another_reading_takes_the_place_of_what_is_in_use_as_a_whole_and_no_file_is_read_again()
    {
        var other = _path + ".other";
        try
        {
            var used = Of("""{ "a": 1, "gone": 1 }""", """{ "b": 1 }""");
            var next = Of("""{ "a": 2 }""", """{ "b": 2, "come": { "x": 1 } }""");
            File.WriteAllText(_path, "{");
            List<string> heard = [];
            using var hears = Microsoft.Extensions.Primitives.ChangeToken.OnChange(used.GetReloadToken, () => heard.Add($"{used["a"]} {used["b"]}"));
            HostConfiguration.Take(used, next);
            Assert.Equal(next.AsEnumerable(), used.AsEnumerable());
            Assert.NotEmpty(heard);
            Assert.All(heard, static seen => Assert.Equal("2 2", seen));
        }
        finally
        {
            File.Delete(other);
        }

        IConfigurationRoot Of(string first, string second)
        {
            File.WriteAllText(_path, first);
            File.WriteAllText(other, second);
            SettingsSource below = new() { Path = _path }, above = new() { Path = other };
            below.ResolveFileProvider();
            above.ResolveFileProvider();
            return new ConfigurationBuilder().Add(below).Add(above).Build();
        }
    }

    [Fact]
    public void A_file_is_gone_through_once_however_many_sections_it_has()
    {
        const int Sections = 1000;
        var text = $$"""{"keys":[{{string.Join(',', Enumerable.Range(0, Sections).Select(static i => $$"""{"id":"k{{i}}","hash":"h"}"""))}}]}""";
        var provider = new Counted(Encoding.UTF8.GetBytes(text));
        var root = new ConfigurationRoot([provider]);
        Assert.Equal(1 + (3 * Sections), root.AsEnumerable().Count());
        Assert.Equal(1, provider.Walks);
    }

    private IConfigurationRoot Build(JsonConfigurationSource source)
    {
        (source.Path, source.Optional) = (_path, true);
        source.ResolveFileProvider();
        return new ConfigurationBuilder().Add(source).Build();
    }

    /// <summary>Counts how often all settings are gone through.</summary>
    private sealed class Counted(byte[] json) : SettingsSource.Provider(new SettingsSource { Optional = true })
    {
        private Walked? _walked;

        public int Walks => _walked!.Walks;

        public override void Load()
        {
            using var stream = new MemoryStream(json);
            Load(stream);
            Data = _walked = new Walked(Data);
        }
    }

    private sealed class Walked(IDictionary<string, string?> settings) : IDictionary<string, string?>
    {
        public int Walks { get; private set; }

        public ICollection<string> Keys
        {
            get
            {
                Walks++;
                return settings.Keys;
            }
        }

        public ICollection<string?> Values => settings.Values;

        public int Count => settings.Count;

        public bool IsReadOnly => true;

        public string? this[string key]
        {
            get => settings[key];
            set => throw new NotSupportedException();
        }

        public void Add(string key, string? value) => throw new NotSupportedException();

        public void Add(KeyValuePair<string, string?> item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public bool Contains(KeyValuePair<string, string?> item) => settings.Contains(item);

        public bool ContainsKey(string key) => settings.ContainsKey(key);

        public void CopyTo(KeyValuePair<string, string?>[] array, int arrayIndex) => settings.CopyTo(array, arrayIndex);

        public IEnumerator<KeyValuePair<string, string?>> GetEnumerator()
        {
            Walks++;
            return settings.GetEnumerator();
        }

        public bool Remove(string key) => throw new NotSupportedException();

        public bool Remove(KeyValuePair<string, string?> item) => throw new NotSupportedException();

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out string? value) => settings.TryGetValue(key, out value);

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
