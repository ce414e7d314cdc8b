using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;
using Sockeye.Plugin.Routing.Rules;
using Sockeye.Plugins;

namespace Sockeye.Plugin.Routing;

/// <summary>Moves events by rules of the configuration (docs/routing.md): each says which events it means and what is done with them. Rules are checked as a whole, before they hold, and replaced as a whole.</summary>
/// <remarks>An event goes on to the application, as the rules have left it, unless one drops it. Events of the names <c>auth:*</c> and <c>sockeye:*</c> are never looked at.</remarks>
[SockeyePlugin("routing", "0.1.0")]
public sealed class RoutingPlugin : ISockeyePlugin, IEventGate, IReloadHook, IConfigurationCheck
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly RulesFile _file = new();
    private RulePipeline? _pipeline;
    private RoutingServices? _services;
    private volatile StatusRoute? _status;
    private IConfigurationSection? _section;
    private bool _isStatusMapped;
    private bool _isDisposed;

    /// <inheritdoc />
    /// <exception cref="RoutingException">The rules are faulty; each fault is a line.</exception>
    public async ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        _pipeline = new RulePipeline(context.Logger);
        _services = new RoutingServices(context, _pipeline);
        Measure("sockeye.routing.matched", "{event}", "Events that a rule matched, by rule", static rule => rule.Matched);
        Measure("sockeye.routing.acted", "{action}", "Actions of a rule that were done, by rule", static rule => rule.Acted);
        Measure("sockeye.routing.failed", "{action}", "Actions of a rule that could not be done, by rule", static rule => rule.Failed);
        OutputMetrics.Register(context.Meter, _services.Outputs);
        _services.Inbound.Register(context.Meter);
        await ApplyAsync(context.Configuration, cancellationToken).ConfigureAwait(false);
        context.Every(RulesFile.Interval, LookAsync);
    }

    /// <inheritdoc />
    /// <remarks>It has the keys of the section, of rules, outputs and ways in; what is below them is checked when it is read.</remarks>
    public string? Schema => RulesSchema.Text;

    /// <inheritdoc />
    /// <remarks>The file with the rules is read, and targets and subjects are not asked.</remarks>
    public IReadOnlyList<string> Check(IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var faults = new RuleFaults();
        RuleDocument.ReadSection(section, faults);
        return faults.Lines;
    }

    /// <inheritdoc />
    [MethodImpl(MethodImplOptions.NoInlining)] // Inlined into the call of gates, it costs each gate a copy of the event and its locals.
    public GateVerdict OnEvent(EventReader e)
    {
        if (_pipeline is not { } pipeline)
        {
            return GateVerdict.Continue;
        }

        var candidates = pipeline.Find(e.Socket.Namespace.Name, e.NameUtf8, e.Context.Name.IsNumber);
        return candidates.IsEmpty || RuleParser.IsHidden(e.NameUtf8) ? GateVerdict.Continue : Match(pipeline, e, ref candidates);
    }

    /// <inheritdoc />
    /// <exception cref="RoutingException">The changed rules are faulty; those of before hold.</exception>
    public async ValueTask OnConfigurationAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ApplyUnlessDisposedAsync(section, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // A change that is on its way ends first, and none follows.
        await _turn.WaitAsync().ConfigureAwait(false);
        _isDisposed = true;
        _turn.Release();
        if (_pipeline is { } pipeline)
        {
            var rules = pipeline.Rules;
            pipeline.Rules = RuleSet.Empty;

            // Nothing comes in any more, what was kept goes out, and what goes out gets its time.
            await _services!.Inbound.DisposeAsync().ConfigureAwait(false);
            Release(rules);
            await _services.Outputs.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Some rule asks for the event. What it needs is not cleared for those that none asks for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GateVerdict Match(RulePipeline pipeline, in EventReader e, ref Candidates candidates)
    {
        var facts = new EventFacts(e.Socket, e.NameUtf8, e.Context.Name.IsNumber, e.ArgumentsUtf8);
        var paths = new FoundPaths();
        return RulePipeline.Next(facts, ref candidates, ref paths) is { } first ? Run(pipeline, e, first, candidates, ref paths) : GateVerdict.Continue;
    }

    /// <summary>A rule matches. What actions need is large, and is not cleared for events that none matches.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GateVerdict Run(RulePipeline pipeline, in EventReader e, Rule first, in Candidates rest, ref FoundPaths paths)
    {
        var routed = new RuleEvent(e);
        if (pipeline.Run(ref routed, first, rest, ref paths))
        {
            return GateVerdict.Stop;
        }

        return routed.IsChanged ? GateVerdict.Replace(Replacement(ref routed)) : GateVerdict.Continue;
    }

    private static void Release(RuleSet rules)
    {
        foreach (var rule in rules.Rules)
        {
            foreach (var action in rule.Actions)
            {
                action.Release();
            }
        }
    }

    private static EventReplacement Replacement(ref RuleEvent e) => e.ChangedArguments is { } arguments
        ? EventReplacement.Of(e.Name, arguments)
        : e.Renamed ?? EventReplacement.Rename(e.Name);

    /// <summary>Looks whether the file of the rules is another one. A faulty one is told here, once, and is no fault of the plugin; of a section that is handed over the server tells it.</summary>
    private async ValueTask LookAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_file.HasChanged())
            {
                await ApplyUnlessDisposedAsync(_section!, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (RoutingException fault)
        {
            foreach (var line in fault.Faults)
            {
                RoutingLog.RulesFaulty(_services!.Logger, line);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private ValueTask ApplyUnlessDisposedAsync(IConfigurationSection section, CancellationToken cancellationToken) => _isDisposed ? default : ApplyAsync(section, cancellationToken);

    private async ValueTask ApplyAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        _section = section;
        _file.OnRead(section["file"]);
        var faults = new RuleFaults();
        var rules = RuleDocument.ReadSection(section, faults) ?? throw new RoutingException(faults.Lines);
        var before = _pipeline!.Rules;
        var counted = before.Rules.ToDictionary(static rule => rule.Id, StringComparer.Ordinal);
        var outputs = _services!.Outputs.Prepare(rules.Outputs);
        _services.Binding = outputs;
        foreach (var rule in rules.Rules)
        {
            foreach (var action in rule.Actions)
            {
                action.BindPipeline(_pipeline);
                action.Bind(_services, rule.Id);
            }
        }

        try
        {
            await _services.Inbound.ApplyAsync(rules.Inbound, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Release(rules);
            await _services.Outputs.AbandonAsync(outputs).ConfigureAwait(false);
            throw;
        }

        foreach (var rule in rules.Rules)
        {
            if (counted.TryGetValue(rule.Id, out var same))
            {
                rule.ContinueFrom(same);
            }
        }

        _pipeline.Rules = rules;
        _services.Outputs.Commit(outputs);
        Release(before);
        ShowStatus(rules.StatusToken);
        RoutingLog.RulesHold(_services.Logger, rules.Rules.Count, rules.Inbound.Count);
    }

    private void ShowStatus(string? token)
    {
        _status = token is null ? null : new StatusRoute(token, WriteStatus);
        if (token is not null && !_isStatusMapped)
        {
            _isStatusMapped = true;
            _services!.Context.MapHttp(
                "GET",
                "/status",
                (request, stop) => _status is { } status ? status.OnRequest(request, stop) : ValueTask.FromResult(PluginResponse.Text("not found", 404)),
                maxBodyBytes: 0);
        }
    }

    private void WriteStatus(Utf8JsonWriter json)
    {
        var rules = _pipeline!.Rules.Rules;
        json.WriteStartObject("rules"u8);
        foreach (var rule in rules)
        {
            json.WriteStartObject(rule.Id);
            json.WriteNumber("matched"u8, rule.Matched);
            json.WriteNumber("acted"u8, rule.Acted);
            json.WriteNumber("failed"u8, rule.Failed);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("latest"u8);
        foreach (var rule in rules)
        {
            for (var i = 0; i < rule.Actions.Length; i++)
            {
                (rule.Actions[i] as LatestAction)?.WriteStatus(json, FormattableString.Invariant($"{rule.Id}/{i}"));
            }
        }

        json.WriteEndObject();
        json.WritePropertyName("outputs"u8);
        _services!.Outputs.WriteStatus(json);
        json.WritePropertyName("inbound"u8);
        _services.Inbound.WriteStatus(json);
    }

    private void Measure(string name, string unit, string description, Func<Rule, long> value) => _services!.Meter.CreateObservableCounter(
        name,
        () => _pipeline!.Rules.Rules.Select(rule => new Measurement<long>(value(rule), new KeyValuePair<string, object?>("rule", rule.Id))),
        unit,
        description);
}
