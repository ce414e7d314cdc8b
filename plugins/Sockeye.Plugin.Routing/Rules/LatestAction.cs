using System.Text;
using System.Text.Json;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Latest;
using Sockeye.Plugin.Routing.Model;
using Sockeye.Plugin.Routing.Outputs;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary><c>latest</c>: of the events with one key the last one goes to the actions within, once in each interval. The event itself goes on at once.</summary>
internal sealed class LatestAction : RuleAction, IDisposable
{
    private static readonly string[] s_keys = ["key", "every", "leading", "maxKeys", "maxBytes", "actions"];

    // What these do belongs to the event while it is on its way, or would keep one twice.
    private static readonly string[] s_notWithin = ["drop", "ack", "again", "latest"];

    private readonly RuleTemplate _key;
    private readonly LatestOptions _options;
    private readonly RuleAction[] _actions;
    private LatestByKey<Kept>? _latest;
    private long _failed;

    private LatestAction(RuleTemplate key, LatestOptions options, RuleAction[] actions)
    {
        _key = key;
        _options = options;
        _actions = actions;
    }

    public override string Name => "latest";

    public override bool NeedsRoom => _key.NeedsRoom || _actions.Any(static action => action.NeedsRoom);

    public static RuleAction? Parse(RuleNode node, RuleFaults faults)
    {
        var before = faults.Count;
        if (!RuleReader.IsObject(node, "'latest'", faults, s_keys))
        {
            return null;
        }

        foreach (var missing in s_keys[..2].Where(key => node.Find(key) is null))
        {
            faults.Add(node.Location, $"'latest' has no {missing}: {(missing == "key" ? "whose last event is kept, such as \"{user}\" or \"{$[0].id}\"" : "the interval, such as \"1 s\"")}");
        }

        var key = RuleReader.Template(node, "key", TemplateUse.Name, faults);
        var options = new LatestOptions(
            RuleReader.Time(node, "every", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1), faults),
            RuleReader.Flag(node, "leading", unless: false, faults),
            RuleReader.Number(node, "maxKeys", LatestOptions.DefaultMaxKeys, 1, 1_000_000, faults),
            RuleReader.Number(node, "maxBytes", LatestOptions.DefaultMaxBytes, 1024, 1 << 30, faults));
        var actions = RuleParser.Actions(node, "'latest'", match: null, faults);
        foreach (var action in actions.Where(static action => s_notWithin.Contains(action.Name)))
        {
            faults.Add(node.Location, $"'{action.Name}' cannot stand within 'latest', which acts when the event has gone on");
        }

        return faults.Count == before ? new LatestAction(key!, options, actions) : null;
    }

    public override IEnumerable<RuleFeed> Feeds(RuleFeed matched) => _actions.SelectMany(action => action.Feeds(matched));

    public override void Bind(RoutingServices services, string ruleId)
    {
        foreach (var action in _actions)
        {
            action.Bind(services, ruleId);
        }

        _latest = new LatestByKey<Kept>(_options, services.Time, static kept => kept.Size, Deliver, failure => OutputLog.Fault(services.Logger, failure, ruleId));
    }

    public override void Release()
    {
        _latest?.Dispose();
        foreach (var action in _actions)
        {
            action.Release();
        }
    }

    public void Dispose() => Release();

    public override ActionOutcome Run(ref RuleEvent e)
    {
        if (!_key.TryExpand(ref e, out var key))
        {
            return ActionOutcome.Failed;
        }

        _latest!.Offer(key, new Kept(ref e));
        return ActionOutcome.Done;
    }

    public override string Describe(ref RuleEvent e)
    {
        if (!_key.TryExpand(ref e, out var key))
        {
            return $"latest: fails, {key}";
        }

        var copy = e;
        var text = new StringBuilder($"latest: keep the last for '{key}', every {_options.Every.TotalSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)} s: ");
        for (var i = 0; i < _actions.Length; i++)
        {
            text.Append(i == 0 ? "" : "; ").Append(_actions[i].Describe(ref copy));
            if (_actions[i].OnlyChanges)
            {
                _actions[i].Run(ref copy);
            }
        }

        return text.ToString();
    }

    /// <summary>Writes how it stands as a field of an object that is open.</summary>
    public void WriteStatus(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        _latest?.WriteStatus(json);
        json.WriteNumber("failed"u8, Interlocked.Read(ref _failed));
        json.WriteEndObject();
    }

    private void Deliver(Kept kept)
    {
        var e = kept.Event();
        foreach (var action in _actions)
        {
            if (!TryRun(action, ref e))
            {
                Interlocked.Increment(ref _failed);
            }
        }
    }

    private static bool TryRun(RuleAction action, ref RuleEvent e)
    {
        try
        {
            return action.Run(ref e) != ActionOutcome.Failed;
        }
#pragma warning disable CA1031 // One action that fails does not end those behind it, and is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    /// <summary>An event with its own copy of the bytes.</summary>
    private sealed class Kept
    {
        private readonly string _namespace;
        private readonly EventName _name;
        private readonly byte[] _nameUtf8;
        private readonly byte[] _arguments;
        private readonly ReadOnlyMemory<byte>[] _attachments;
        private readonly SockeyeSocket? _socket;
        private readonly SocketIdentity? _identity;
        private readonly string? _room;
        private readonly int _hops;

        public Kept(ref RuleEvent e)
        {
            _namespace = e.Namespace;
            _name = e.Name;
            _nameUtf8 = Encoding.UTF8.GetBytes(e.Name.ToString());
            _arguments = e.Arguments.ToArray();
            _attachments = e.Attachments();
            Size = _nameUtf8.Length + _arguments.Length;
            for (var i = 0; i < _attachments.Length; i++)
            {
                _attachments[i] = _attachments[i].ToArray();
                Size += _attachments[i].Length;
            }

            _socket = e.Socket;
            _identity = e.Identity;
            _room = e.MatchedRoom;
            _hops = e.Hops;
        }

        public int Size { get; }

        public RuleEvent Event() => new(_namespace, _name, _nameUtf8, _arguments, _attachments) { Socket = _socket, Identity = _identity, MatchedRoom = _room, Hops = _hops };
    }
}
