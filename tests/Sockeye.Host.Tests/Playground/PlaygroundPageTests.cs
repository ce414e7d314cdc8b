using Sockeye.Host.Playground;

namespace Sockeye.Host.Tests.Playground;

public sealed class PlaygroundPageTests
{
    [Fact]
    public void The_documents_that_the_page_names_are_there()
    {
        Assert.NotEmpty(PlaygroundDocuments.All);
        Assert.All(PlaygroundDocuments.All, document => Assert.True(File.Exists(Path.Combine(WorkingCopy.Root, document.Path)), document.Path));
    }

    [Fact]
    public void The_code_that_the_page_shows_is_the_READMEs()
    {
        var readme = File.ReadAllText(Path.Combine(WorkingCopy.Root, "README.md"));
        Assert.Contains("SockeyeServer.Create(", PlaygroundPage.FirstBlock(readme, "csharp"), StringComparison.Ordinal);
        Assert.Contains("import { io } from \"socket.io-client\"", PlaygroundPage.FirstBlock(readme, "js"), StringComparison.Ordinal);
        Assert.EndsWith("await server.RunAsync();", PlaygroundPage.FirstBlock(readme, "csharp"), StringComparison.Ordinal);
    }
}
