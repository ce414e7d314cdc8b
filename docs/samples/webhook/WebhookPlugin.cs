using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sockeye;
using Sockeye.Plugins;

namespace Webhook;

/// <summary>Takes what a build server reports over HTTP, and tells those clients of it that watch the repository.</summary>
[SockeyePlugin("webhook", "1.0.0")]
public sealed class WebhookPlugin : ISockeyePlugin, IReloadHook
{
    private volatile SignatureCheck? _check;

    public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _check = SignatureCheck.From(context.Configuration);
        context.AddJson(BuildJson.Default);

        // Kept beyond this generation: what was taken before a reload is not taken again after it.
        var taken = new TakenDeliveries(context.Keep("taken", () => new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal)));
        var counter = context.Meter.CreateCounter<long>("deliveries", "{delivery}", "Requests of the build server, by what became of them");

        context.Server.OnWithAck("watch", (SockeyeSocket socket, string repository) =>
        {
            socket.Join(Room(repository));
            return true;
        });
        context.MapHttp("POST", "/builds", (request, cancellation) =>
        {
            var (status, what) = Take(context, taken, request);
            counter.Add(1, new KeyValuePair<string, object?>("result", what));
            if (status == 401)
            {
                context.Logger.LogWarning("A request from {Address} was refused: {Reason}", request.Address, what);
            }

            return ValueTask.FromResult(PluginResponse.Text(what + "\n", status));
        });
        return ValueTask.CompletedTask;
    }

    // Another secret holds at once, without a reload. What this throws is told, and the old one stays.
    public ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        _check = SignatureCheck.From(section);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Nothing of a request is looked at before its signature fits.</summary>
    private (int Status, string What) Take(PluginContext context, TakenDeliveries taken, PluginRequest request)
    {
        var now = context.Time.GetUtcNow();
        if (_check!.WhatIsWrong(request, now) is { } wrong)
        {
            return (401, wrong);
        }

        BuildReport? report;
        try
        {
            report = JsonSerializer.Deserialize(request.Body.Span, BuildJson.Default.BuildReport);
        }
        catch (JsonException)
        {
            report = null;
        }

        if (report is not { Repository.Length: > 0, State.Length: > 0 })
        {
            return (400, "repository or state is missing");
        }

        switch (taken.Add(request.Header(SignatureCheck.IdHeader)!, now, SignatureCheck.Window))
        {
            case null:
                return (503, "too many deliveries"); // The build server sends it again, later.
            case false:
                return (200, "taken before");
        }

        context.Server.To(Room(report.Repository)).Emit("build", report);
        return (202, "taken");
    }

    private static string Room(string repository) => "builds of " + repository;
}
