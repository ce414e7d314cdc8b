using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary><c>to</c>: the event as it is now goes to a room, a user, a socket, or to everybody of a namespace, on all nodes.</summary>
internal sealed class ToAction : RuleAction
{
    private static readonly string[] s_keys = ["room", "user", "socket", "namespace", "event", "sender", "volatile"];

    private readonly Receiver _receiver;
    private readonly RuleTemplate? _target;
    private readonly RuleTemplate? _namespace;
    private readonly RuleTemplate? _event;
    private readonly bool _withSender;
    private readonly bool _isVolatile;
    private RoutingServices? _services;

    private ToAction(Receiver receiver, RuleTemplate? target, RuleTemplate? nsp, RuleTemplate? name, bool withSender, bool isVolatile)
    {
        _receiver = receiver;
        _target = target;
        _namespace = nsp;
        _event = name;
        _withSender = withSender;
        _isVolatile = isVolatile;
    }

    private enum Receiver
    {
        Room,
        User,
        Socket,
        Everybody,
    }

    public override string Name => "to";

    public override bool NeedsRoom => _target is { NeedsRoom: true } || _namespace is { NeedsRoom: true } || _event is { NeedsRoom: true };

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "'to'", faults, s_keys))
        {
            return null;
        }

        RuleTemplate? room = RuleReader.Template(node, "room", TemplateUse.Name, faults),
            user = RuleReader.Template(node, "user", TemplateUse.Name, faults),
            socket = RuleReader.Template(node, "socket", TemplateUse.Name, faults),
            nsp = RuleReader.Template(node, "namespace", TemplateUse.Name, faults),
            name = RuleReader.Template(node, "event", TemplateUse.Name, faults);
        bool withSender = RuleReader.Flag(node, "sender", unless: true, faults), isVolatile = RuleReader.Flag(node, "volatile", unless: false, faults);
        var targets = s_keys[..3].Count(key => node.Find(key) is not null);
        if (targets > 1 || (targets == 0 && node.Find("namespace") is null))
        {
            faults.Add(node.Location, targets > 1 ? "'to' has one of room, user and socket, not several" : "'to' has no target: room, user, socket, or namespace for everybody in it");
        }

        if (nsp?.Constant is { } constant && !constant.StartsWith('/'))
        {
            faults.Add(node.Find("namespace")!.Location, $"a namespace begins with a slash: '/{RuleFaults.Shown(constant)}'");
        }

        if (name?.Constant is { } fixedName)
        {
            EventNames.Read(fixedName, node.Find("event")!.Location, faults);
        }

        var receiver = room is not null ? Receiver.Room : user is not null ? Receiver.User : socket is not null ? Receiver.Socket : Receiver.Everybody;
        return faults.Count == before ? new ToAction(receiver, room ?? user ?? socket, nsp, name, withSender, isVolatile) : null;
    }

    public override void Bind(RoutingServices services, string ruleId) => _services = services;

    public override ActionOutcome Run(ref RuleEvent e)
    {
        if (!TryResolve(ref e, out var target, out var nspName, out var name, out _))
        {
            return ActionOutcome.Failed;
        }

        if (_services!.Namespace(nspName, e) is not { } nsp || (_receiver == Receiver.Socket && !IsSocket(target)))
        {
            return ActionOutcome.Done; // nobody is there
        }

        // The sender is left out where it could be reached at all: in its own namespace.
        var everybody = !_withSender && e.Socket is { } sender && sender.Namespace.Name == nsp.Name ? sender.Broadcast : nsp.Except([]);
        var receivers = _receiver switch
        {
            Receiver.Everybody => everybody,
            Receiver.User => everybody.ToUser(target),
            _ => everybody.To(target),
        };
        if (_isVolatile)
        {
            receivers = receivers.Volatile;
        }

        EmitResult result;
        if (e.HasReader && e.ChangedArguments is null)
        {
            var reader = e.Reader;
            result = receivers.EmitRaw(name, reader);
        }
        else
        {
            result = receivers.EmitUtf8(name, e.Arguments, e.Attachments());
        }

        return result is EmitResult.Dropped && !_isVolatile ? ActionOutcome.Failed : ActionOutcome.Done;
    }

    /// <summary>Whether it may be the id of a socket. A socket is addressed as the room of its id, and a client that names one must not reach a whole room by it.</summary>
    private static bool IsSocket(string target) => target.Length == 20 && target.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    public override string Describe(ref RuleEvent e)
    {
        if (!TryResolve(ref e, out var target, out var nsp, out var name, out var fault))
        {
            return $"to: fails, {fault}";
        }

        var where = nsp == e.Namespace ? "" : $" in {nsp}";
        var whom = _receiver switch
        {
            Receiver.Everybody => $"everybody in {nsp}",
            Receiver.Room => $"room {target}{where}",
            Receiver.User => $"user {target}{where}",
            _ => $"socket {target}{where}",
        };
        return $"to {whom}{(_withSender ? "" : ", without the sender")}{(_isVolatile ? ", volatile" : "")}: emit {name}";
    }

    private bool TryResolve(ref RuleEvent e, out string target, out string nsp, out EventName name, out string fault)
    {
        target = "";
        nsp = e.Namespace;
        name = e.Name;
        fault = "";
        if (_target is not null && !_target.TryExpand(ref e, out target))
        {
            fault = target;
            return false;
        }

        if (_namespace is not null && !_namespace.TryExpand(ref e, out nsp))
        {
            fault = nsp;
            return false;
        }

        return _event is null || EventNames.TryExpand(_event, ref e, out name, out fault);
    }
}
