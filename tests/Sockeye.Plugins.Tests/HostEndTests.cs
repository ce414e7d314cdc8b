using System.Runtime.InteropServices;
using Sockeye.Hosting.Tests;

namespace Sockeye.Plugins.Tests;

/// <summary>The standalone host ends when it is told to, whatever code of a plugin does.</summary>
public sealed class HostEndTests : IDisposable
{
    private const int Hangup = 1, Interrupt = 2, Terminate = 15;
    private const string EndedEarly = "Sockeye was asked to end while it started, and has.";
    private const string Begun = "Console.WriteLine(\"begun\");";
    private const string Held = "Thread.Sleep(Timeout.Infinite);";

    private readonly PluginRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(Terminate, Begun + Held, "")]
    [InlineData(Interrupt, Begun + "return new ValueTask(new TaskCompletionSource().Task);", "")]
    [InlineData(Terminate, "", "public Sample() { " + Begun + Held + " }")]
    [InlineData(Terminate, "", "static Sample() { " + Begun + Held + " }")]
    [InlineData(Terminate, "new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();" + Begun + Held, "")]
    public async Task A_signal_ends_a_start_in_which_a_plugin_does_not_come_back(int signal, string start, string members)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var host = Start(start, members);
        await host.LineAsync("begun");
        Assert.Equal(0, Kill(host.ProcessId, signal));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains(EndedEarly, host.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_signal_ends_a_start_though_the_plugin_does_not_end_either()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var host = Start(Begun + Held, "", dispose: "Console.WriteLine(\"ending\");" + Held, "--StopTimeout 01:00:00");
        await host.LineAsync("begun");
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        await host.LineAsync("ending");
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task The_second_signal_ends_a_server_though_a_plugin_does_not_end()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var host = Start("", "", dispose: "Console.WriteLine(\"ending\");" + Held, "--StopTimeout 01:00:00");
        await host.AddressAsync;
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        await host.LineAsync("ending");
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Contains("sample has not ended in time and is left behind", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();")]
    [InlineData("AppDomain.CurrentDomain.ProcessExit += (_, _) => Thread.Sleep(Timeout.Infinite);")]
    public async Task Nothing_that_a_plugin_leaves_behind_keeps_the_process(string start)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var host = Start(start, "");
        await host.AddressAsync;
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task A_start_that_has_failed_ends_the_process_though_a_thread_of_a_plugin_goes_on()
    {
        using var host = Start("new Thread(() => Thread.Sleep(Timeout.Infinite)).Start(); throw new InvalidOperationException(\"no\");", "");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains("the start of Sample failed: InvalidOperationException: no", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGHUP_ends_no_start_and_says_that_it_comes_too_early()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var host = Start(Begun + Held, "");
        await host.LineAsync("begun");
        Assert.Equal(0, Kill(host.ProcessId, Hangup));
        await host.LineAsync("warn: Sockeye.Host[2320] Nothing is read again");
        Assert.Equal(0, Kill(host.ProcessId, Terminate));
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task A_section_that_belongs_to_no_plugin_is_told_with_the_nearest_one()
    {
        _root.Add("sample", PluginRoot.Source());
        using var host = HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\" --Plugins:sampl:Greeting x");
        Assert.Equal(2, await host.ExitCodeAsync());
        Assert.Contains("Plugins:sampl: is the section of no plugin; did you mean Plugins:sample?", host.Output, StringComparison.Ordinal);
    }

    private HostProcess Start(string start, string members, string dispose = "", string arguments = "")
    {
        _root.Add("sample", PluginRoot.Source(start: start, members: members)
            .Replace("DisposeAsync() => ValueTask.CompletedTask;", $"DisposeAsync() {{ {dispose} return ValueTask.CompletedTask; }}", StringComparison.Ordinal));
        return HostProcess.Start($"--urls http://127.0.0.1:0 --plugins \"{_root.Path}\" {arguments}");
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
