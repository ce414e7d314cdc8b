using Sockeye.Plugin.Auth.Tests.Support;

namespace Sockeye.Plugin.Auth.Tests;

/// <summary>What is wrong with a configuration is told with its path, all at once, and never with a secret.</summary>
public sealed class AuthSettingsTests
{
    private const string Canary = "canary-4711";

    [Theory]
    [InlineData("{}", "Plugins:auth:Sources", "is empty")]
    [InlineData("""{"AllowAnonymous":false}""", "Plugins:auth:Sources", "is empty")]
    [InlineData("""{"AllowAnonymous":"yes","Sources":[]}""", "Plugins:auth:AllowAnonymous", "true or false")]
    [InlineData("""{"Sources":[{"Name":"x"}]}""", "Plugins:auth:Sources:0:Type", "has to be set")]
    [InlineData("""{"Sources":[{"Type":"Jwt2"}]}""", "Plugins:auth:Sources:0:Type", "did you mean Jwt? It is to be one of Jwt, ApiKey, Http, Bus")]
    [InlineData("""{"Sources":[{"Type":"Jwt"}]}""", "Plugins:auth:Sources:0", "neither Keys nor Jwks")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"canary-4711"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Secret", "32 bytes")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"none","Secret":"canary-4711"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Algorithm", "none of HS256")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"RS256","Secret":"canary-4711-canary-4711-canary-4711"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Secret", "for HS256")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"base64:canary-4711"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Secret", "base64")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","SecretFile":"/nowhere/x"}]}]}""", "Plugins:auth:Sources:0:Keys:0:SecretFile", "cannot be read")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"canary-4711","SecretFile":"/nowhere/x"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Secret", "not to be set both")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256"}]}]}""", "Plugins:auth:Sources:0:Keys:0", "neither Secret")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"http://login.example/?canary-4711"}}]}""", "Plugins:auth:Sources:0:Jwks:Url", "not encrypted")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"https://ann:canary-4711@login.example/"}}]}""", "Plugins:auth:Sources:0:Jwks:Url", "password")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"file:///canary-4711"}}]}""", "Plugins:auth:Sources:0:Jwks:Url", "https://")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"RefreshInterval":"00:01:00"}}]}""", "Plugins:auth:Sources:0:Jwks", "either Url or File")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"https://login.example/","Timeout":"5"}}]}""", "Plugins:auth:Sources:0:Jwks:Timeout", "duration")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Jwks":{"Url":"https://login.example/","Uri":"x"}}]}""", "Plugins:auth:Sources:0:Jwks:Uri", "no setting")]
    [InlineData("""{"Sources":[{"Type":"ApiKey"}]}""", "Plugins:auth:Sources:0:Keys", "1 to 10000")]
    [InlineData("""{"Sources":[{"Type":"ApiKey","Keys":[{"Id":"a","Sha256":"canary-4711"}]}]}""", "Plugins:auth:Sources:0:Keys:0:Sha256", "64 hexadecimal")]
    [InlineData("""{"Sources":[{"Type":"Http"}]}""", "Plugins:auth:Sources:0:Url", "has to be set")]
    [InlineData("""{"Sources":[{"Type":"Http","Url":"http://example.org/"}]}""", "Plugins:auth:Sources:0:Url", "not encrypted")]
    [InlineData("""{"Sources":[{"Type":"Http","Url":"https://example.org/","Secret":"canary-4711"}]}""", "Plugins:auth:Sources:0:Secret", "32 bytes")]
    [InlineData("""{"Sources":[{"Type":"Http","Url":"https://example.org/","MaxConcurrent":0}]}""", "Plugins:auth:Sources:0:MaxConcurrent", "from 1 to")]
    [InlineData("""{"Sources":[{"Type":"Bus"}]}""", "Plugins:auth:Sources:0:Secret", "has to be set")]
    [InlineData("""{"Sources":[{"Type":"Bus","Secret":"canary-4711-canary-4711-canary-4711","Subject":"a.>"}]}""", "Plugins:auth:Sources:0:Subject", "no subject")]
    [InlineData("""{"AllowAnonymous":true,"AnonymousPermissions":["emit"]}""", "Plugins:auth:AnonymousPermissions", "malformed")]
    [InlineData("""{"AllowAnonymous":true,"Roles":{"admin":["all"]}}""", "Plugins:auth:Roles:admin", "malformed")]
    [InlineData("""{"AllowAnonymous":true,"Namespaces":[{"Match":"chat"}]}""", "Plugins:auth:Namespaces:0:Match", "begins with /")]
    [InlineData("""{"AllowAnonymous":true,"Namespaces":[{"Match":"/x","Sources":["jwt"]}]}""", "Plugins:auth:Namespaces:0:Sources", "names \"jwt\"")]
    [InlineData("""{"AllowAnonymous":true,"Sources":[{"Type":"Http","Url":"https://a.example/"},{"Type":"Http","Url":"https://b.example/"}]}""", "Plugins:auth:Sources:1:Name", "another one")]
    [InlineData("""{"AllowAnonymous":true,"Token":{"Payload":"token"}}""", "Plugins:auth:Token:Payload", "true or false")]
    [InlineData("""{"AllowAnonymus":true}""", "Plugins:auth:AllowAnonymus", "no setting; did you mean Plugins:auth:AllowAnonymous?")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Isuer":"x"}]}""", "Plugins:auth:Sources:0:Isuer", "did you mean Plugins:auth:Sources:0:Issuer?")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Issuer":""}]}""", "Plugins:auth:Sources:0:Issuer", "is empty, and any would do")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Issuer":null}]}""", "Plugins:auth:Sources:0:Issuer", "is empty, and any would do")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Audiences":[]}]}""", "Plugins:auth:Sources:0:Audiences", "is empty, and any would do")]
    [InlineData("""{"Sources":[{"Type":"Jwt","Types":""}]}""", "Plugins:auth:Sources:0:Types", "is empty, and any would do")]
    [InlineData("""{"Sources":[{"Type":"Jwt","RolesClaim":""}]}""", "Plugins:auth:Sources:0:RolesClaim", "is empty, and no claim would be read")]
    [InlineData("""{"Sources":[{"Type":"Jwt","PermissionsClaim":null}]}""", "Plugins:auth:Sources:0:PermissionsClaim", "is empty, and no claim would be read")]
    [InlineData("""{"Sources":[{"Type":"Jwt","SubjectClaim":""}]}""", "Plugins:auth:Sources:0:SubjectClaim", "is empty, and no claim would be read")]
    [InlineData("""{"Roles":{"member":["emit / *"]},"Sources":[{"Type":"Jwt"}]}""", "Plugins:auth:Sources:0", "gives nobody a role or a permission, although there are Roles")]
    [InlineData("""{"Roles":{"member":["emit / *"]},"Sources":[{"Type":"ApiKey","Keys":[{"Id":"a"}]}]}""", "Plugins:auth:Sources:0:Keys:0", "gives nobody a role or a permission, although there are Roles")]
    [InlineData("""{"Roles":{"member":["emit / *"]},"Sources":[{"Type":"Http","Roles":["membre"]}]}""", "Plugins:auth:Sources:0:Roles", "names \"membre\", which has no permissions; did you mean \"member\"?")]
    [InlineData("""{"Sources":[{"Type":"ApiKey","Keys":[{"Id":"a","Expires":""}]}]}""", "Plugins:auth:Sources:0:Keys:0:Expires", "would never expire")]
    [InlineData("""{"AllowAnonymous":true,"Namespaces":[{"Match":"/x","Sources":null}]}""", "Plugins:auth:Namespaces:0:Sources", "is empty, and all would be asked")]
    public void A_fault_is_told_with_its_path_and_without_a_secret(string json, string path, string what)
    {
        var faults = TestChain.Faults(json);
        Assert.Contains(faults, line => line.StartsWith(path + " ", StringComparison.Ordinal) && line.Contains(what, StringComparison.Ordinal));
        Assert.DoesNotContain(faults, static line => line.Contains(Canary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "Plugins:auth:Sources:0:Type has to be set.")]
    [InlineData("\"Type\":\"Htpp\",", "Plugins:auth:Sources:0:Type is \"Htpp\"; did you mean Http? It is to be one of Jwt, ApiKey, Http, Bus.")]
    [InlineData("\"Type\":\"Kerberos\",", "Plugins:auth:Sources:0:Type is \"Kerberos\"; it is to be one of Jwt, ApiKey, Http, Bus.")]
    public void Of_a_source_whose_type_is_unknown_that_alone_is_told(string type, string fault) =>
        Assert.Equal(fault, Assert.Single(TestChain.Faults($$"""{"Sources":[{ {{type}}"Name":"x","Url":"https://login.example/","Secret":"short","Other":1}]}""")));

    [Fact]
    public void A_key_that_cannot_be_used_is_told_and_not_that_there_is_none() => Assert.Single(
        TestChain.Faults("""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","Secret":"canary-4711"}]}]}"""));

    [Fact]
    public void A_file_with_a_secret_that_has_no_length_is_not_opened()
    {
        using var file = TempFile.With("");
        Assert.Contains("is empty, or no regular file", TestChain.Faults($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","SecretFile":"{{file.JsonPath}}"}]}]}""")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Algorithm\":\"HS256\",\"SecretFile\"")]
    [InlineData("\"Algorithm\":\"RS256\",\"PemFile\"")]
    public void A_pipe_in_the_place_of_a_key_is_refused_and_not_waited_for_also_behind_a_link(string key)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var file = TempFile.With("");
        var folder = System.IO.Path.GetDirectoryName(file.Path)!;
        File.CreateSymbolicLink(System.IO.Path.Combine(folder, "link"), NamedPipe.Make(folder));
        foreach (var name in new[] { "pipe", "link" })
        {
            Assert.Contains("names a file that is empty, or no regular file", TestChain.Faults($$"""{"Sources":[{"Type":"Jwt","Keys":[{ {{key}}:"{{folder}}/{{name}}"}]}]}""")[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_with_a_secret_that_is_no_text_is_refused()
    {
        using var file = TempFile.With("");
        File.WriteAllBytes(file.Path, [.. Enumerable.Range(200, 40).Select(static value => (byte)value)]);
        Assert.Contains("no text in UTF-8", TestChain.Faults($$"""{"Sources":[{"Type":"Jwt","Keys":[{"Algorithm":"HS256","SecretFile":"{{file.JsonPath}}"}]}]}""")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("/*")]
    public void CVE_2023_47090_and_GHSA_q926_c743_49qj_nothing_lets_everybody_in_without_saying_so(string match)
    {
        const string Source = """{"Type":"Http","Url":"https://a.example/"}""";
        Assert.Contains("AllowAnonymous", TestChain.Faults("""{"Sources":[]}""")[0], StringComparison.Ordinal);
        Assert.Contains("AllowAnonymous", TestChain.Faults($$"""{"Sources":[{{Source}}],"Namespaces":[{"Match":"{{match}}","Anonymous":true}]}""")[0], StringComparison.Ordinal);
        TestChain.Read($$"""{"Sources":[{{Source}}],"Namespaces":[{"Match":"/public*","Anonymous":true}]}""");
        Assert.True(TestChain.Read("""{"AllowAnonymous":true}""").AllowAnonymous);
    }

    [Fact]
    public void All_faults_of_all_sources_are_told_at_once() => Assert.True(
        TestChain.Faults("""{"Sources":[{"Type":"Jwt"},{"Type":"ApiKey"},{"Type":"Bus"}],"Roles":{"a":["x"]},"Stranger":1}""").Length >= 5);
}
