using Sockeye;
using Sockeye.Testing;
using Xunit;

public sealed class PageTests
{
    [Fact]
    public async Task The_page_is_right()
    {
        await Task.CompletedTask;
        /* here */
    }
}
