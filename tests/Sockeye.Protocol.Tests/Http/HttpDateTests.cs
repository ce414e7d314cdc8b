using System.Text;
using Sockeye.Protocol.Http;

namespace Sockeye.Protocol.Tests.Http;

public sealed class HttpDateTests
{
    [Fact]
    public void A_date_is_in_the_fixed_form_of_the_RFC()
    {
        Assert.Equal("Sun, 06 Nov 1994 08:49:37 GMT", Text(new DateTime(1994, 11, 6, 8, 49, 37, 999, DateTimeKind.Utc)));
        Assert.Equal(HttpDate.Length, HttpDate.Now().Length);
    }

    [Fact]
    public void A_date_is_made_once_a_second_and_costs_nothing_in_between()
    {
        var moment = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var first = Text(moment);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var same = HttpDate.Of(moment.AddMilliseconds(999));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(first, Encoding.ASCII.GetString(same));
        Assert.Equal("Tue, 01 Jan 2030 00:00:01 GMT", Text(moment.AddSeconds(1)));
    }

    private static string Text(DateTime moment) => Encoding.ASCII.GetString(HttpDate.Of(moment));
}
