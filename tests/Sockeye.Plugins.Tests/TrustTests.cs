namespace Sockeye.Plugins.Tests;

/// <summary>A folder in which somebody else could put code.</summary>
public sealed class TrustTests : IDisposable
{
    private readonly PluginRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "its group")]
    [InlineData(UnixFileMode.OtherWrite, "everybody")]
    public async Task A_file_that_others_may_write_is_refused_with_the_command_that_ends_it(UnixFileMode others, string who)
    {
        var file = _root.Add("sample", PluginRoot.Source());
        await RefusedOnUnix(file, others, who, file);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, "its group")]
    [InlineData(UnixFileMode.OtherWrite, "everybody")]
    public async Task A_folder_of_a_plugin_that_others_may_write_is_refused(UnixFileMode others, string who)
    {
        _root.Add("sample", PluginRoot.Source());
        var folder = _root.Folder("sample");
        await RefusedOnUnix(folder, others | UnixFileMode.UserExecute, who, folder);
    }

    [Fact]
    public async Task The_folder_of_all_plugins_is_looked_at_as_well_sticky_or_not()
    {
        _root.Add("sample", PluginRoot.Source());
        await RefusedOnUnix(_root.Path, UnixFileMode.OtherWrite | UnixFileMode.UserExecute | UnixFileMode.StickyBit, "everybody", _root.Path);
    }

    [Fact]
    public async Task A_link_is_followed_to_what_others_may_write()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var elsewhere = new PluginRoot();
        var file = elsewhere.Add("sample", PluginRoot.Source());
        Directory.CreateSymbolicLink(Path.Combine(_root.Path, "sample"), Path.Combine(elsewhere.Path, "sample"));
        await using (var server = _root.Server())
        {
            await server.StartAsync();
            Assert.Equal("sample", Assert.Single(server.Plugins.All).Id);
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Contains(file, await _root.FaultAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_another_user_is_refused()
    {
        var foreign = Path.Combine(_root.Path, "foreign");
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return; // only root gives files away
        }

        _root.Add("foreign", PluginRoot.Source());
        using (var chown = System.Diagnostics.Process.Start("chown", ["12345", foreign]))
        {
            await chown.WaitForExitAsync();
        }

        var sentence = await _root.FaultAsync();
        Assert.Contains("belongs to the user 12345", sentence, StringComparison.Ordinal);
        Assert.Contains($"chown 0 '{foreign}'", sentence, StringComparison.Ordinal);
    }

    private async Task RefusedOnUnix(string path, UnixFileMode others, string who, string named)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        var sentence = await _root.FaultAsync();
        Assert.Contains($"may be written by {who}", sentence, StringComparison.Ordinal);
        Assert.Contains($"chmod go-w '{named}'", sentence, StringComparison.Ordinal);
    }
}
