using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sockeye.Plugin.Auth.Tests.Support;

/// <summary>A web server on the loopback, whose answer the test sets.</summary>
internal sealed class TestWeb : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _count;

    private TestWeb(WebApplication app) => _app = app;

    /// <summary>What it does with a request.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static context => Task.CompletedTask;

    /// <summary>Requests so far.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Paths of requests so far.</summary>
    public ConcurrentQueue<string> Paths { get; } = new();

    public string Url => _app.Urls.First();

    public static async Task<TestWeb> StartAsync(string? text = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var web = new TestWeb(app);
        app.Run(context =>
        {
            Interlocked.Increment(ref web._count);
            web.Paths.Enqueue(context.Request.Path);
            return web.Answer(context);
        });
        await app.StartAsync();
        if (text is not null)
        {
            web.Say(text);
        }

        return web;
    }

    public void Say(string text, int status = 200) => Answer = context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
