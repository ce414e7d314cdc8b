using System.Text;
using Microsoft.Extensions.Configuration;
using Sockeye.Plugins;
using Sockeye.Server.Plugins;
using Sockeye.Testing;

namespace Sockeye.Server.Tests;

/// <summary>A test with plugins made of delegates, which it replaces while the server runs.</summary>
public abstract class PluginTest : ServerTest
{
    internal static PluginHost Host(SockeyeTestServer app) => (PluginHost)app.Server.Plugins;

    /// <summary>Puts another generation in the place of the plugin's, or none, and waits for the end of the old one.</summary>
    internal static void Replace(SockeyeTestServer app, DelegatePlugin? next, IConfigurationSection? section = null) =>
        app.Await(Host(app).ReplaceAsync("test", next is null ? null : new PluginEntry(next, section), CancellationToken.None));

    /// <summary>The whole answer to a request.</summary>
    internal static string Request(SockeyeTestServer app, string method, string path, string body = "")
    {
        var peer = app.Transport.Connect();
        var length = body.Length > 0 || method == "POST" ? $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n" : "";
        peer.Send(Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: test\r\n{length}\r\n{body}"));
        app.RunUntilIdle();
        return Encoding.UTF8.GetString(peer.Receive());
    }

    /// <summary>A plugin made of delegates.</summary>
    [SockeyePlugin("test", "1.0")]
    internal class DelegatePlugin(Action<PluginContext> start, Action? disposed = null) : ISockeyePlugin
    {
        public PluginContext? Context { get; private set; }

        public ValueTask StartAsync(PluginContext context, CancellationToken cancellationToken)
        {
            Context = context;
            start(context);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            disposed?.Invoke();
            GC.SuppressFinalize(this);
            return ValueTask.CompletedTask;
        }
    }
}
