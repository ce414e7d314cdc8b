using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Sockeye.Hosting.Tests;

/// <summary>What the page for operators asks, of the host as a process.</summary>
public sealed class AdministrationApiTests
{
    [Fact]
    public async Task The_report_and_the_page_are_there_for_those_who_may_and_a_faulty_request_gets_a_sentence()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --admin http://127.0.0.1:0");
        using var http = new HttpClient { BaseAddress = new Uri(await AdministrationProcessTests.OperatorsAsync(host)) };
        using var facts = JsonDocument.Parse(await http.GetStringAsync("/api/report?top=0"));
        var report = facts.RootElement.GetProperty("report");
        Assert.Equal("Running", facts.RootElement.GetProperty("state").GetString());
        Assert.True(report.GetProperty("isComplete").GetBoolean());
        Assert.Equal(0, report.GetProperty("clients").GetInt32());
        Assert.Equal(0, report.GetProperty("namespaces").GetArrayLength());
        Assert.Equal(1, report.GetProperty("namespaceCount").GetInt32());
        Assert.All(report.GetProperty("loops").EnumerateArray(), loop => Assert.Equal(JsonValueKind.Null, loop.GetProperty("silence").ValueKind));

        using var page = await http.GetAsync("/");
        Assert.StartsWith("default-src 'self';", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("{{", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var file in (string[])["app.js", "find.js", "figures.js", "theme.js", "plot.js", "style.css", "logo.svg"])
        {
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(file)).StatusCode);
        }

        foreach (var faulty in (string[])["/api/report?top=101", "/api/report?top=-1", "/api/report?top=x", "/api/clients", "/api/clients?find="])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(faulty)).StatusCode);
        }
    }

    [Fact]
    public async Task Putting_a_client_out_is_a_POST_of_this_origin_with_the_id_of_a_socket()
    {
        using var host = HostProcess.Start("--urls http://127.0.0.1:0 --admin http://127.0.0.1:0");
        using var http = new HttpClient { BaseAddress = new Uri(await AdministrationProcessTests.OperatorsAsync(host)) };
        using var gone = await http.PostAsync("/api/disconnect", JsonContent.Create(new { socket = "AAAAAAAAAAAAAAAAAAAA" }));
        Assert.Equal("{\"disconnected\":0}", await gone.Content.ReadAsStringAsync());
        foreach (var faulty in (string[])["", "[]", "{}", "{\"socket\":1}", "{\"socket\":\"\"}", "socket"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("/api/disconnect", new StringContent(faulty))).StatusCode);
        }

        Assert.NotEqual(HttpStatusCode.OK, (await http.GetAsync("/api/disconnect")).StatusCode);
        using var forged = new HttpRequestMessage(HttpMethod.Post, "/api/disconnect") { Content = JsonContent.Create(new { socket = "AAAAAAAAAAAAAAAAAAAA" }) };
        forged.Headers.Add("Origin", "https://elsewhere.example");
        Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(forged)).StatusCode);
    }
}
