using System.Text;
using Sockeye.Plugin.Routing.Inbound;
using Sockeye.Plugin.Routing.Json;
using Sockeye.Plugin.Routing.Model;

namespace Sockeye.Plugin.Routing.Actions;

/// <summary>Names of events that templates give: what comes from an event may be a name that none can have, or one that is the server's to say.</summary>
internal static class EventNames
{
    /// <summary>A name that a rule writes out; null: a fault was told.</summary>
    public static EventName? Read(string text, RuleLocation location, RuleFaults faults)
    {
        if (InboundTarget.IsOfTheServer(text))
        {
            faults.Add(location, $"'{RuleFaults.Shown(text)}': auth:* and sockeye:* are the server's own words");
            return null;
        }

        return RuleReader.Name(text, location, faults);
    }

    public static bool TryExpand(RuleTemplate template, ref RuleEvent e, out EventName name, out string fault)
    {
        name = default;
        if (!template.TryExpand(ref e, out fault))
        {
            return false;
        }

        if ((template.Constant is null && InboundTarget.IsOfTheServer(fault)) || fault is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener" || fault.Contains('\0') || Encoding.UTF8.GetByteCount(fault) > EventName.MaxBytes)
        {
            fault = "the name is reserved, too long or has NUL";
            return false;
        }

        name = fault;
        return true;
    }
}
