using System.Globalization;
using Xunit;

namespace Sockeye.Server.Tests.History;

/// <summary>The history of sockets over real loops under a storm of operations. <c>SOCKEYE_STORM_ROUNDS</c> repeats each storm that often with other seeds, <c>SOCKEYE_STORM_SEED</c> begins with that one.</summary>
public class SocketHistoryTests
{
    private const int Clients = 60;

    private static readonly int Rounds = Number("SOCKEYE_STORM_ROUNDS") ?? 1;
    private static readonly int Seed = Number("SOCKEYE_STORM_SEED") ?? Random.Shared.Next(1_000_000);

    [Theory]
    [InlineData(1, SocketLifeTests.Where.EventLoop)]
    [InlineData(4, SocketLifeTests.Where.EventLoop)]
    [InlineData(4, SocketLifeTests.Where.Pool)]
    [InlineData(1, SocketLifeTests.Where.GameLoop)]
    [InlineData(4, SocketLifeTests.Where.GameLoop)]
    public Task In_a_storm_each_socket_has_one_order_and_nothing_of_it_overlaps_or_is_lost(int loops, SocketLifeTests.Where where) => RunAsync(loops, where, Rounds, stopsInTheMiddle: false);

    [Theory]
    [InlineData(1, SocketLifeTests.Where.EventLoop)]
    [InlineData(4, SocketLifeTests.Where.EventLoop)]
    [InlineData(4, SocketLifeTests.Where.Pool)]
    [InlineData(4, SocketLifeTests.Where.GameLoop)]
    public Task A_server_that_stops_in_a_storm_ends_each_socket_in_order_and_runs_nothing_twice(int loops, SocketLifeTests.Where where) => RunAsync(loops, where, 3 * Rounds, stopsInTheMiddle: true);

    private static async Task RunAsync(int loops, SocketLifeTests.Where where, int rounds, bool stopsInTheMiddle)
    {
        for (var round = 0; round < rounds; round++)
        {
            var storm = new SocketStorm(Seed + (10 * round), loops, where, Clients);
            try
            {
                await storm.RunAsync(stopsInTheMiddle);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(storm.ToString(), failure);
            }
        }
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
