using System.Text;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary><c>drop</c>: the event ends here. The application does not see it, nor do later rules; what actions before have sent stays sent.</summary>
internal sealed class DropAction : RuleAction
{
    private static readonly DropAction s_only = new();

    public override string Name => "drop";

    public override bool EndsEvent => true;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (node.Kind == RuleNodeKind.True)
        {
            return s_only;
        }

        faults.AddWrongKind(node, "'drop'", "true");
        return null;
    }

    public override ActionOutcome Run(ref RuleEvent e) => ActionOutcome.Stop;

    public override string Describe(ref RuleEvent e) => "drop: the event ends here, and the application does not see it";
}

/// <summary><c>ack</c>: the client's acknowledgement is answered with one argument, if it asked for one. The first answer counts, so what the application answers later is not sent.</summary>
internal sealed class AckAction : RuleAction
{
    private readonly JsonTemplate _answer;

    private AckAction(JsonTemplate answer) => _answer = answer;

    public override string Name => "ack";

    public override bool NeedsRoom => _answer.NeedsRoom;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults) =>
        JsonTemplate.Parse(node, "'ack'", faults) is { } answer ? new AckAction(answer) : null;

    public override ActionOutcome Run(ref RuleEvent e)
    {
        if (e.Context is not { WantsAck: true } context)
        {
            return ActionOutcome.Done;
        }

        if (!_answer.TryExpand(ref e, out var answer, out _))
        {
            return ActionOutcome.Failed;
        }

        context.AckUtf8(answer);
        return ActionOutcome.Done;
    }

    public override string Describe(ref RuleEvent e) => _answer.TryExpand(ref e, out var answer, out var fault) ? $"ack: answer {Encoding.UTF8.GetString(answer)}" : $"ack: fails, {fault}";
}

/// <summary><c>again</c>: a copy of the event as it is now goes through the rules anew, under another name or in another namespace, and ends behind them: the application does not see it.</summary>
internal sealed class AgainAction : RuleAction
{
    private readonly RuleTemplate _event;
    private readonly RuleTemplate? _namespace;
    private IRulePipeline? _pipeline;

    private AgainAction(RuleTemplate name, RuleTemplate? nsp)
    {
        _event = name;
        _namespace = nsp;
    }

    public override string Name => "again";

    public override bool NeedsRoom => _event.NeedsRoom || _namespace is { NeedsRoom: true };

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "'again'", faults, "event", "namespace"))
        {
            return null;
        }

        var name = RuleReader.Template(node, "event", TemplateUse.Name, faults);
        var nsp = RuleReader.Template(node, "namespace", TemplateUse.Name, faults);
        if (node.Find("event") is not { } given)
        {
            faults.Add(node.Location, "'again' has no event: the name under which the copy comes again");
        }
        else if (name?.Constant is { } constant)
        {
            EventNames.Read(constant, given.Location, faults);
        }

        return faults.Count == before ? new AgainAction(name!, nsp) : null;
    }

    public override void BindPipeline(IRulePipeline pipeline) => _pipeline = pipeline;

    public override IEnumerable<RuleFeed> Feeds(RuleFeed matched) => [new RuleFeed(_namespace?.Pattern(matched.Name) ?? matched.Namespace, _event.Pattern(matched.Name))];

    public override ActionOutcome Run(ref RuleEvent e)
    {
        if (e.Hops >= RuleEvent.MaxHops || !TryResolve(ref e, out var nsp, out var name, out _))
        {
            return ActionOutcome.Failed;
        }

        var copy = new RuleEvent(nsp, name, Encoding.UTF8.GetBytes(name.ToString()), e.Arguments, e.Attachments())
        {
            Socket = e.Socket,
            Identity = e.Identity,
            Rooms = e.Rooms,
            Context = e.Context,
            Hops = e.Hops + 1,
        };
        return _pipeline!.RunAgain(ref copy) ? ActionOutcome.Done : ActionOutcome.Failed;
    }

    public override string Describe(ref RuleEvent e) => TryResolve(ref e, out var nsp, out var name, out var fault) ? $"again: a copy goes through the rules as '{name}' in {nsp}" : $"again: fails, {fault}";

    private bool TryResolve(ref RuleEvent e, out string nsp, out EventName name, out string fault)
    {
        nsp = e.Namespace;
        name = default;
        if (_namespace is not null && !_namespace.TryExpand(ref e, out nsp))
        {
            fault = nsp;
            return false;
        }

        return EventNames.TryExpand(_event, ref e, out name, out fault);
    }
}
