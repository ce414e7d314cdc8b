using System.Threading.Channels;
using Sockeye.Server.Plugins;
using Xunit;

namespace Sockeye.Server.Tests;

/// <summary>The code of a plugin is compiled before it is in force, as far as it goes.</summary>
public sealed class PluginCodeTests
{
    [Fact]
    public void All_of_a_small_assembly_is_compiled_and_of_a_large_one_as_much_as_the_limit_says()
    {
        // Its assembly has generic, abstract and ordinary methods.
        var plugin = new UnboundedChannelOptions();
        var all = PluginCode.Compile(plugin);
        Assert.InRange(all, 1, PluginCode.MaxMethods - 1);
        Assert.Equal(all, PluginCode.Compile(plugin, all));
        Assert.Equal(all - 1, PluginCode.Compile(plugin, all - 1));
    }
}
