using System.Text;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Rules;

/// <summary>What a rule asks of an event. Does not change; all of it looks at the event as it came.</summary>
internal sealed class RuleMatch
{
    private readonly byte[] _event;
    private readonly string? _room;
    private readonly (string Type, string[] Values)[] _claims;
    private readonly JsonCondition[] _conditions;

    public RuleMatch(string nsp, string name, bool isNumber, string? room, (string, string[])[] claims, JsonCondition[] conditions)
    {
        Namespace = nsp;
        Event = name;
        IsNumber = isNumber;
        HasAnyNamespace = nsp is [.., '*'];
        HasAnyEvent = !isNumber && name is [.., '*'];
        _event = Encoding.UTF8.GetBytes(name.TrimEnd('*'));
        _room = room;
        _claims = claims;
        _conditions = conditions;
    }

    /// <summary>The namespace; a last <c>*</c> stands for anything.</summary>
    public string Namespace { get; }

    /// <summary>The name of the event; a last <c>*</c> stands for anything.</summary>
    public string Event { get; }

    /// <summary>Whether the name is a number, which is another name than the text of its digits.</summary>
    public bool IsNumber { get; }

    public bool HasAnyNamespace { get; }

    public bool HasAnyEvent { get; }

    public string? Room => _room;

    public ReadOnlySpan<JsonCondition> Conditions => _conditions;

    public RuleFeed Takes => new(Namespace, Event);

    /// <summary>Whether the namespace is one of the rule's.</summary>
    public bool IsNamespace(string nsp) => RuleFeed.Matches(Namespace, nsp);

    /// <summary>Whether the event is one of the rule's, for a rule with a last <c>*</c>.</summary>
    public bool IsEvent(ReadOnlySpan<byte> nameUtf8, bool isNumber) => HasAnyEvent ? nameUtf8.StartsWith(_event) : isNumber == IsNumber && nameUtf8.SequenceEqual(_event);

    /// <summary>Whether what depends on the socket and on the arguments holds too.</summary>
    public bool Holds(in EventFacts e, ref FoundPaths paths)
    {
        if (_room is not null && !e.IsIn(_room))
        {
            return false;
        }

        foreach (var (type, values) in _claims)
        {
            if (!HasClaim(e.Identity, type, values))
            {
                return false;
            }
        }

        foreach (var condition in _conditions)
        {
            if (!Holds(condition, e.Received, ref paths))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Why an event does not match, for people; null: it does.</summary>
    public string? WhyNot(in EventFacts e, ref FoundPaths paths)
    {
        if (!IsNamespace(e.Namespace))
        {
            return $"it asks for the namespace {Namespace}";
        }

        if (!IsEvent(e.NameUtf8, e.IsNumber))
        {
            return $"it asks for the event {Event}";
        }

        if (_room is not null && !e.IsIn(_room))
        {
            return $"the socket is not in the room {_room}";
        }

        foreach (var (type, values) in _claims)
        {
            if (!HasClaim(e.Identity, type, values))
            {
                return $"the socket has no claim {type} that is {string.Join(" or ", values)}";
            }
        }

        foreach (var condition in _conditions)
        {
            if (!Holds(condition, e.Received, ref paths))
            {
                return paths.TryFind(condition, e.Received, out var value)
                    ? $"{condition} does not hold of {RuleFaults.Shown(Encoding.UTF8.GetString(value.Length > 400 ? value[..400] : value))}"
                    : $"{condition}: there is no {condition.Path}";
            }
        }

        return null;
    }

    private static bool Holds(JsonCondition condition, ReadOnlySpan<byte> arguments, ref FoundPaths paths) =>
        paths.TryFind(condition, arguments, out var value) ? condition.HoldsOf(value) : condition.HoldsOfNothing;

    private static bool HasClaim(SocketIdentity? identity, string type, string[] values)
    {
        if (identity is null)
        {
            return false;
        }

        foreach (var value in values)
        {
            if (identity.HasClaim(type, value))
            {
                return true;
            }
        }

        return false;
    }
}
