using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary><c>http</c>: the event as it is now is posted to one of the outputs, behind its queue.</summary>
internal sealed class HttpAction : RuleAction
{
    private readonly string _outputName;
    private HttpOutput? _output;
    private TimeProvider? _time;

    private HttpAction(string outputName) => _outputName = outputName;

    public override string Name => "http";

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (node.Kind == RuleNodeKind.Text && node.Value.Length > 0)
        {
            return new HttpAction(node.Value);
        }

        faults.AddWrongKind(node, "'http'", "the name of one of the outputs");
        return null;
    }

    public override void Bind(RoutingServices services, string ruleId)
    {
        _output = services.Binding[_outputName];
        _time = services.Time;
    }

    public override ActionOutcome Run(ref RuleEvent e) => _output!.Offer(Message(ref e, _time!)) ? ActionOutcome.Done : ActionOutcome.Failed;

    public override string Describe(ref RuleEvent e) => $"http: post {e.Name} to the output {_outputName}";

    /// <summary>The event in its envelope.</summary>
    public static OutgoingMessage Message(ref RuleEvent e, TimeProvider time) => OutgoingMessage.Of(
        new RoutedEvent
        {
            Namespace = e.Namespace,
            Name = e.Name,
            User = e.Identity?.Subject,
            Socket = e.Socket?.Id,
            ArgumentsUtf8 = e.Arguments,
            Attachments = e.AttachmentCount == 0 ? default : e.Attachments(),
        },
        time.GetUtcNow());
}

/// <summary><c>bus</c>: the event as it is now is published to a subject of the plugin's bus.</summary>
internal sealed class BusAction : RuleAction
{
    private readonly RuleTemplate _subject;
    private BusOutput? _output;
    private TimeProvider? _time;

    private BusAction(RuleTemplate subject) => _subject = subject;

    public override string Name => "bus";

    public override bool NeedsRoom => _subject.NeedsRoom;

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        if (RuleTemplate.Parse(node, "'bus'", TemplateUse.Subject, faults) is not { } subject)
        {
            return null;
        }

        if (subject.Constant is { } constant && !Cluster.BusSubject.IsValid(constant))
        {
            faults.Add(node.Location, $"'{RuleFaults.Shown(constant)}' is no subject: tokens of visible ASCII without * and >, joined by dots");
            return null;
        }

        return new BusAction(subject);
    }

    public override void Bind(RoutingServices services, string ruleId)
    {
        _output = services.Outputs.Bus;
        _time = services.Time;
    }

    public override ActionOutcome Run(ref RuleEvent e) =>
        TryResolve(ref e, out var subject) && _output!.Offer(subject, HttpAction.Message(ref e, _time!)) ? ActionOutcome.Done : ActionOutcome.Failed;

    public override string Describe(ref RuleEvent e) => TryResolve(ref e, out var subject) ? $"bus: publish {e.Name} to {subject}" : $"bus: fails, {subject}";

    private bool TryResolve(ref RuleEvent e, out string subject)
    {
        if (!_subject.TryExpand(ref e, out subject))
        {
            return false;
        }

        if (Cluster.BusSubject.IsValid(subject))
        {
            return true;
        }

        subject = "what comes out is no subject";
        return false;
    }
}
