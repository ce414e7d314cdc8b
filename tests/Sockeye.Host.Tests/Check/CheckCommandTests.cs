using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Sockeye.Host.Check;

namespace Sockeye.Host.Tests.Check;

public sealed class CheckCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-check-").FullName;

    private string Settings => Path.Combine(_folder, "settings.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Settings_that_the_start_would_take_are_one_line_that_says_where_they_come_from()
    {
        Write("""{ "$schema": "sockeye.schema.json", "Urls": [ "http://127.0.0.1:0" ], "Plugins": { "auth": { "AllowAnonymous": true }, "routing": { "rules": [] } } }""");
        var (code, output, errors) = await RunAsync("--Backlog", "5");
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal($"configuration is valid: 3 settings from {Settings}, 1 setting from arguments, 1 setting from {HostConfiguration.OwnFile}; plugins auth, routing", output.TrimEnd());
    }

    [Theory]
    [InlineData("{\n  \"Engine\": {\n    \"PingIntervall\": \"00:00:10\"\n  }\n}", 3, "Engine:PingIntervall: unknown key; did you mean Engine:PingInterval?")]
    [InlineData("{\n  \"Plugins\": []\n}", 2, "Plugins: is an empty list or text, and has to have a section for each plugin")]
    [InlineData("{\n  \"Plugins\": [ { \"auth\": { \"AllowAnonymous\": true } } ]\n}", 2, "Plugins: is a list, and has to be a group with a section for each plugin, such as Plugins:auth")]
    [InlineData("{\n  \"Plugins\": {\n    \"routing\": [] }\n}", 3, "Plugins:routing: is an empty list or text, and has to be a group of settings")]
    [InlineData("{\n  \"Engine\": []\n}", 2, "Engine: is a group of settings and takes no value of its own")]
    [InlineData("{\n  \"Listeners\": []\n}", 2, "Listeners: is a group of listeners and takes no value of its own;")]
    [InlineData("{\n  \"Cluster\": []\n}", 2, "Cluster: is a group of settings and takes no value of its own")]
    [InlineData("{\n  \"Administration\": []\n}", 2, "Administration: is a group of settings and takes no value of its own;")]
    [InlineData("{\n  \"Administration\": {\n    \"Tokens\": [] }\n}", 3, "Administration:Tokens: is a group with a name and a value for each")]
    [InlineData("{\n  \"Telemetry\": []\n}", 2, "Telemetry: ")]
    [InlineData("{\n  \"Logging\": []\n}", 2, "Logging: ")]
    [InlineData("{\n  \"Engine\": {\n    \"Cookie\": {\n      \"MaxAge\": \"-00:00:01\" } }\n}", 4, "Engine:Cookie:MaxAge is -00:00:01; it must be 00:00:00 to 24855.03:14:07.")]
    [InlineData("{\n  \"Backlog\": 0\n}", 2, "Backlog is 0; it must be 1 to 65535.")]
    [InlineData("{\n  \"Engine:PingTimeout\":\n    25\n}", 2, "Engine:PingTimeout: '25' is not a duration like 00:00:25")]
    [InlineData("{\n  \"MaxConnections\": \"many\"\n}", 2, "MaxConnections: 'many' is not a whole number below 2^31")]
    [InlineData("{\n  // what is said\n  \"Logging\": {\n    \"LogLevl\": { \"Default\": \"Debug\" } }\n}", 4, "Logging:LogLevl:Default: unknown key; did you mean Logging:LogLevel:Default?")]
    [InlineData("{\n  \"Logging\": { \"LogLevel\": {\n    \"Default\": \"Loud\" } }\n}", 3, "Logging:LogLevel:Default: 'Loud' is not one of Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("{\n  \"Urls\": [\n    \"https://127.0.0.1:3000\" ]\n}", 2, "Urls: 'https://127.0.0.1:3000': https is not supported yet; put a proxy that ends TLS in front and listen on http.")]
    [InlineData("{\n  \"Listeners\": {\n    \"inside\": {\n      \"Url\": \"http://127.0.0.1:3001\",\n      \"Routs\": \"SocketIO\" } }\n}", 5, "Listeners:inside:Routs: unknown key; did you mean Listeners:inside:Routes?")]
    [InlineData("{\n  \"Listeners\": {\n    \"inside\": {\n      \"Url\": \"http://127.0.0.1:3001\",\n      \"Routes\": [ \"SocktIO\" ] } }\n}", 5, "Listeners:inside:Routes: 'SocktIO' is no route; did you mean SocketIO?")]
    [InlineData("{\n  \"Listeners\": {\n    \"inside\": {\n      \"Url\": \"http://127.0.0.1:3001\",\n      \"Routes\": [] } }\n}", 5, "Listeners:inside:Routes is empty, and nothing would answer there;")]
    [InlineData("{\n  \"Urls\": [ \"http://127.0.0.1:3001\" ],\n  \"Listeners\": {\n    \"inside\": {\n      \"Url\": \"http://*:3001\" } }\n}", 5, "Listeners:inside:Url: 'http://*:3001' and 'http://127.0.0.1:3001' of Urls are the same port of one address;")]
    [InlineData("{\n  \"Listener\": {\n    \"inside\": {\n      \"Url\": \"http://127.0.0.1:3001\" } }\n}", 2, "Listener: unknown key; did you mean Listeners?")]
    [InlineData("{\n  \"Administration\": {\n    \"Listeners\": {\n      \"x\": { \"Url\": \"http://*:1\" } } }\n}", 3, "Administration:Listeners: operators have one listener;")]
    [InlineData("{\n  \"Backlog\": 5,\n  \"Administration\": {}\n}", 3, "Administration: is empty, so that operators would have no listener; write Administration:Urls, such as http://127.0.0.1:3900,")]
    [InlineData("{\n  \"Backlog\": 5,\n  \"Cluster\": {}\n}", 3, "Cluster: is empty, and this server would stand alone; write Cluster:Nats:Servers,")]
    [InlineData("{\n  \"Cluster\": {\n    \"Name\": \"chat\",\n    \"Nats\": {} }\n}", 4, "Cluster:Nats: is empty, and this server would stand alone; write Cluster:Nats:Servers,")]
    [InlineData("{\n  \"Cluster\": {\n    \"Nats\": {} }\n}", 3, "Cluster:Nats: is empty, and this server would stand alone; write Cluster:Nats:Servers,")]
    [InlineData("{\n  \"Backlog\": 5,\n  \"Telemetry\": {}\n}", 3, "Telemetry: does not say where to send: Telemetry:Endpoint, such as http://127.0.0.1:4317,")]
    [InlineData("{\n  \"Engine\": {\n    \"PingInterval\": \"24:00:00\" }\n}", 3, "Engine:PingInterval: '24:00:00' is not a duration like 00:00:25")]
    [InlineData("{\n  \"Outbox\": {\n    \"MaxBytes\": 2048,\n    \"Comment\": 1 }\n}", 4, "Outbox:Comment: unknown key; docs/configuration.md lists all keys")]
    [InlineData("{\n  \"Outbox\": {\n    \"MaxBytes\": 2048 }\n}", 3, "Outbox:HighWatermarkBytes is 262144; it must be at most MaxBytes, which is 2048.")]
    [InlineData("{\n  \"Cluster\": {\n    \"Nats\": {\n      \"Pasword\": \"hidden-4711\" } }\n}", 4, "Cluster:Nats:Pasword: unknown key; did you mean Cluster:Nats:Password?")]
    [InlineData("{\n  \"Cluster\": {\n    \"Nats\": {\n      \"CaFile\": \"/nowhere.pem\" } }\n}", 4, "Cluster:Nats:CaFile: there is no file '/nowhere.pem'.")]
    [InlineData("{\n  \"Cluster\": {\n    \"GoneAfter\": \"00:00:01\",\n    \"Nats\": {\n      \"Servers\": \"nats://127.0.0.1\" } }\n}", 3, "Cluster:GoneAfter is 00:00:01; it must be 00:00:06.0000001 to 00:10:00.")]
    [InlineData("{\n  \"Plugins\": {\n    \"atuh\": { \"AllowAnonymous\": true } }\n}", 3, "Plugins:atuh: is the section of no plugin; did you mean Plugins:auth?")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"AllowAnonymos\": true,\n      \"Sources\": [ { \"Type\": \"Jwt\", \"Jwks\": { \"Url\": \"https://login.example/keys\" } } ] } }\n}", 4, "Plugins:auth:AllowAnonymos is no setting; did you mean Plugins:auth:AllowAnonymous?")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"Sources\": [\n        { \"Type\": \"Jwt\",\n          \"Keys\": [ { \"Algorithm\": \"HS256\",\n            \"Secret\": \"hidden-4711\" } ] } ] } }\n}", 7, "Plugins:auth:Sources:0:Keys:0:Secret cannot be used: a secret for HS256 has at least 32 bytes.")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"Sources\": [\n        {\n          \"Type\": \"Jwt\",\n          \"Jwks\": {\n            \"File\": \"/nowhere.json\" } } ] } }\n}", 8, "Plugins:auth:Sources:0:Jwks:File names a file that cannot be read:")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"AllowAnonymous\": true,\n      \"Roles\": {\n        \"my role\": [ \"nonsense\" ] } } }\n}", 6, "Plugins:auth:Roles:my role")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"AllowAnonymous\": true,\n      \"Refusals\": [ \"Silent\" ] } }\n}", 5, "Plugins:auth:Refusals: takes one value, of Event, Ack, Disconnect, Silent")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"AllowAnonymous\": true,\n      \"Refusals\": \"Loud\" } }\n}", 5, "Plugins:auth:Refusals: 'Loud' is not one of Event, Ack, Disconnect, Silent")]
    [InlineData("{\n  \"Plugins\": {\n    \"auth\": {\n      \"AllowAnonymous\": true,\n      \"WhenFaulted\": \"open\" } }\n}", 5, "Plugins:auth:WhenFaulted: is Open, and the plugin protects something")]
    [InlineData("{\n  \"Plugins\": {\n    \"routing\": {\n      \"rules\": [],\n      \"WhenFaulted\": \"Shut\" } }\n}", 5, "Plugins:routing:WhenFaulted: 'Shut' is not one of Open, Closed")]
    [InlineData("{\n  \"Plugins\": {\n    \"routing\": {\n      \"rules\": [\n        { \"id\": \"a\",\n          \"match\": { \"evnt\": \"x\" } } ] } }\n}", 6, "Plugins:routing:rules:0:match:evnt: the key of ")]
    public async Task Each_fault_is_told_with_the_file_the_line_the_key_and_what_is_near(string text, int line, string fault)
    {
        Write(text);
        var (code, _, errors) = await RunAsync();
        Assert.Equal(2, code);
        Assert.Contains(Lines(errors), told => told.StartsWith($"{Settings}:{line}: {fault}", StringComparison.Ordinal));
        Assert.DoesNotContain("4711", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty, or no regular file; {} stands for all defaults", 0)]
    [InlineData(" \n\n", "is empty; {} stands for all defaults", 1)]
    [InlineData("{\n  \"Backlog\": 5\n  \"Path\": \"/x\"\n}", "not JSON: ", 3)]
    [InlineData("{\n  \"Backlog\": 5,\n", "not JSON: ", 3)]
    [InlineData("{\n  \"Backlog\": 5,\n  \"backlog\": 6\n}", "backlog: stands here twice, the first time on line 2", 3)]
    [InlineData("\n[]", "not JSON for settings: it has to be an object, { … }", 2)]
    public async Task A_file_that_is_none_for_settings_is_told_with_its_line(string text, string fault, int line)
    {
        Write(text);
        var (code, _, errors) = await RunAsync();
        Assert.Equal(2, code);
        Assert.StartsWith(line == 0 ? $"{Settings}: {fault}" : $"{Settings}:{line}: {fault}", Assert.Single(Lines(errors)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_keys_that_stand_twice_are_told_and_a_file_of_rules_is_read_beside_other_faults()
    {
        Write("{\n  \"Backlog\": 5,\n  \"backlog\": 6,\n  \"Urls\": [],\n  \"Urls\": []\n}");
        Assert.Equal([$"{Settings}:3: backlog: stands here twice, the first time on line 2", $"{Settings}:5: Urls: stands here twice, the first time on line 4"], Lines((await RunAsync()).Errors));

        Write("{\n  \"Plugins\": {\n    \"routing\": {\n      \"fil\": 1,\n      \"file\": \"/nowhere.json\" } }\n}");
        Assert.Collection(
            Lines((await RunAsync()).Errors),
            line => Assert.StartsWith($"{Settings}:4: Plugins:routing:fil: ", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{Settings}:5: Plugins:routing:file: names a file that cannot be read: ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faulty_arguments_and_a_faulty_file_are_told_at_once()
    {
        Write("{");
        var (code, _, errors) = await RunAsync("stray", "--Backlog");
        Assert.Equal(2, code);
        Assert.Collection(
            Lines(errors),
            static line => Assert.StartsWith("'stray' is no setting", line, StringComparison.Ordinal),
            static line => Assert.StartsWith("'--Backlog' has no value", line, StringComparison.Ordinal),
            line => Assert.StartsWith($"{Settings}:1: not JSON", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_is_read_with_a_byte_order_mark_and_in_UTF_16_with_one_and_refused_without_or_with_bytes_that_are_no_text()
    {
        const string text = "{\n  \"Backlog\": 0 }";
        foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            await File.WriteAllTextAsync(Settings, text, encoding);
            Assert.StartsWith($"{Settings}:2: Backlog is 0;", (await RunAsync()).Errors, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(Settings, text, new UnicodeEncoding(bigEndian: false, byteOrderMark: false));
        Assert.Contains("is text in UTF-16 without a byte order mark", (await RunAsync()).Errors, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Settings, Encoding.Latin1.GetBytes("{\n  \"Path\": \"/\u00E9\" }"));
        Assert.StartsWith($"{Settings}:2: has bytes that are no UTF-8", (await RunAsync()).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_hundred_megabytes_and_one_in_the_place_of_a_folder_are_refused_and_not_read()
    {
        await using (var large = File.Create(Settings))
        {
            large.SetLength(100_000_000); // sparse
        }

        Assert.Equal($"{Settings}: has more than 16 MiB", (await RunAsync()).Errors.TrimEnd());
        File.Delete(Settings);
        Directory.CreateDirectory(Settings);
        Assert.Contains("is a folder", (await RunAsync()).Errors, StringComparison.Ordinal);
        Assert.Contains($"'{Settings}x' does not exist", (await RunAsync("--config", Settings + "x")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_in_a_file_of_their_own_are_told_by_that_file_and_loops_among_those_that_can_be_read_are_found_too()
    {
        var rules = Path.Combine(_folder, "rules.json");
        Write($$"""{ "Plugins": { "routing": { "file": {{JsonSerializer.Serialize(rules)}} } } }""");
        await File.WriteAllTextAsync(rules, """
            { "rules": [
              { "id": "a", "match": { "event": "x" }, "actions": [ { "again": { "event": "y" } } ] },
              { "id": "b", "match": { "event": "y" }, "actions": [ { "again": { "event": "x" } } ] },
              { "id": "c", "match": { "event": "z" }, "action": [ { "drop": true } ] } ] }
            """);
        var lines = Lines((await RunAsync()).Errors);
        Assert.Contains(lines, line => line.StartsWith($"{rules}:4: ", StringComparison.Ordinal) && line.Contains("'action' is unknown; did you mean 'actions'?", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith($"{rules}:2: a loop: ", StringComparison.Ordinal));
        await File.WriteAllTextAsync(rules, "{}", Encoding.Unicode);
        Assert.Equal($"{rules}:1: the file is text in UTF-16: save it as UTF-8", (await RunAsync()).Errors.TrimEnd());
        File.Delete(rules);
        Assert.StartsWith($"{Settings}:1: Plugins:routing:file: names a file that cannot be read: ", (await RunAsync()).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_of_all_parts_are_told_together_those_of_arguments_and_variables_with_their_source()
    {
        Write("""
            {
              "Backlog": 0,
              "Cluster": { "Nam": "x", "Nats": { "Tls": "perhaps" } },
              "Logging": { "LogLevel": { "Default": "Loud" } },
              "Plugins": { "auth": { "Sources": [ { "Type": "Jwtt" } ] }, "routing": { "rules": 5 }, "nobody": { "x": 1 } },
              "Playground": "perhaps"
            }
            """);
        var (code, _, errors) = await RunAsync("--MaxConnection", "5");
        Assert.Equal(2, code);
        foreach (var key in new[] { "Backlog", "Cluster:Nam", "Cluster:Nats:Tls", "Logging:LogLevel:Default", "Plugins:auth:Sources:0:Type", "Plugins:routing:rules", "Plugins:nobody", "Playground" })
        {
            Assert.Contains(Lines(errors), line => line.StartsWith(Settings + ":", StringComparison.Ordinal) && line.Contains($": {key}", StringComparison.Ordinal));
        }

        Assert.Contains("MaxConnection: unknown key; did you mean MaxConnections? (by an argument)", Lines(errors));
    }

    [Fact]
    public async Task For_programs_faults_are_a_list_with_file_line_key_message_and_suggestion()
    {
        Write("{\n  \"Engine\": { \"PingIntervall\": 1 }\n}");
        var (code, output, errors) = await RunAsync("--json", "--port", "8080");
        Assert.Equal((2, ""), (code, errors));
        using var json = JsonDocument.Parse(output);
        Assert.Equal(2, json.RootElement.GetArrayLength());
        var inFile = json.RootElement.EnumerateArray().Single(static fault => fault.GetProperty("line").ValueKind == JsonValueKind.Number);
        Assert.Equal((Settings, 2, "Engine:PingIntervall", "Engine:PingInterval"), (inFile.GetProperty("file").GetString(), inFile.GetProperty("line").GetInt32(), inFile.GetProperty("key").GetString(), inFile.GetProperty("suggestion").GetString()));
        var argument = json.RootElement.EnumerateArray().Single(static fault => fault.GetProperty("file").ValueKind == JsonValueKind.Null);
        Assert.Equal(("an argument", "port", "Urls"), (argument.GetProperty("source").GetString(), argument.GetProperty("key").GetString(), argument.GetProperty("suggestion").GetString()));
        Write("{}");
        Assert.Equal((0, "[]"), await RunAsync("--json") is var ok ? (ok.Code, ok.Output.Trim()) : default);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_folder_of_plugins_that_is_damaged_or_missing_is_a_line()
    {
        Write("{}");
        var plugin = Directory.CreateDirectory(Path.Combine(_folder, "mine", "hello"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.SetUnixFileMode(plugin.Parent!.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var library = Path.Combine(plugin.FullName, "Hello.dll");
        await File.WriteAllTextAsync(library, "MZ and nothing behind it");
        File.SetUnixFileMode(library, UnixFileMode.UserRead);
        var (code, _, errors) = await RunAsync("--plugins", plugin.Parent.FullName, "--plugins", Path.Combine(_folder, "nowhere"));
        Assert.Equal(2, code);
        Assert.Contains(Lines(errors), line => line.Contains($"{library} is no complete .NET assembly", StringComparison.Ordinal) && line.EndsWith("(by an argument)", StringComparison.Ordinal));
        Assert.Contains(Lines(errors), line => line.Contains($"{Path.Combine(_folder, "nowhere")} does not exist", StringComparison.Ordinal));
    }

    private void Write(string text) => File.WriteAllText(Settings, text);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        using StringWriter output = new(), errors = new();
        var code = await CheckCommand.RunAsync(args.Contains("--config") ? args : ["--config", Settings, .. args], output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
