using System.Collections.Concurrent;
using Sockeye.Plugin.Auth.Common;
using Sockeye.Plugin.Auth.Live;

namespace Sockeye.Plugin.Auth.Tests.Live;

public sealed class RevocationSetTests
{
    private const long Now = 1_800_000_000_000;

    private static readonly Credential Alice = Credential.Of(new SocketIdentity("alice")
    {
        Claims = [new SocketClaim(AuthClaims.Token, "tag"), new SocketClaim("jti", "id-1"), new SocketClaim("iat", "1799999000"), new SocketClaim(AuthClaims.Room, "r1"), new SocketClaim("sid", "phone")],
    });

    [Fact]
    public void What_is_known_of_a_token_is_read_from_the_claims_of_the_identity()
    {
        Assert.Equal(("tag", "id-1", 1_799_999_000, "phone"), (Alice.Tag, Alice.TokenId, Alice.IssuedAt, Alice.Device));
        Assert.Equal(["r1"], Alice.Rooms);
        var bare = Credential.Of(new SocketIdentity("bob") { Claims = [new SocketClaim("iat", "soon")] });
        Assert.Equal((null, null, null, null), (bare.Tag, bare.TokenId, bare.IssuedAt, bare.Device));
        Assert.Empty(bare.Rooms);
    }

    [Fact]
    public void A_revocation_holds_by_user_by_token_by_its_id_and_by_socket_and_for_nobody_else()
    {
        foreach (var (kind, value) in new[] { (RevocationKind.User, "alice"), (RevocationKind.Token, "tag"), (RevocationKind.TokenId, "id-1"), (RevocationKind.Session, "socket-1") })
        {
            var set = NewSet();
            Assert.False(set.Holds(Alice, "socket-1", Now));
            Assert.True(set.TryAdd(new Revocation(kind, value, Now + 1000), out var isNew));
            Assert.True(isNew);
            Assert.True(set.Holds(Alice, "socket-1", Now));
            Assert.False(set.Holds(Credential.Of(new SocketIdentity("bob")), "socket-2", Now));
            Assert.False(set.Holds(Credential.Of(new SocketIdentity("Alice")), "socket-2", Now));
        }
    }

    [Fact]
    public void A_revoked_user_comes_back_with_a_token_that_was_made_later_unless_he_is_banned()
    {
        var set = NewSet();
        set.TryAdd(new Revocation(RevocationKind.User, "alice", Now + 1000, 1_799_999_000), out _);
        Assert.True(set.Holds(Issued(1_799_999_000), "s", Now));
        Assert.False(set.Holds(Issued(1_799_999_001), "s", Now));
        Assert.True(set.Holds(Credential.Of(new SocketIdentity("alice")), "s", Now)); // it does not say when it was made
        set.TryAdd(new Revocation(RevocationKind.User, "alice", Now + 1000), out var isNew);
        Assert.True(isNew);
        Assert.True(set.Holds(Issued(1_799_999_001), "s", Now));

        static Credential Issued(long at) => Credential.Of(new SocketIdentity("alice") { Claims = [new SocketClaim("iat", $"{at}")] });
    }

    [Fact]
    public void A_revocation_ends_at_its_time_and_is_swept_away()
    {
        var set = NewSet();
        set.TryAdd(new Revocation(RevocationKind.User, "alice", Now + 1000), out _);
        Assert.True(set.Holds(Alice, "s", Now + 999));
        Assert.False(set.Holds(Alice, "s", Now + 1000));
        Assert.Empty(set.All(Now + 1000));
        Assert.Equal(1, set.Count);
        set.Sweep(Now + 1000);
        Assert.Equal(0, set.Count);
    }

    [Fact]
    public void The_set_takes_as_many_as_its_limit_and_says_when_there_is_no_room()
    {
        var set = NewSet(2);
        Assert.True(set.TryAdd(new Revocation(RevocationKind.User, "a", Now + 1), out _));
        Assert.True(set.TryAdd(new Revocation(RevocationKind.User, "b", Now + 1), out _));
        Assert.False(set.TryAdd(new Revocation(RevocationKind.User, "c", Now + 1), out var isNew));
        Assert.False(isNew);
        Assert.True(set.TryAdd(new Revocation(RevocationKind.User, "b", Now + 2), out _)); // one that is there already needs no room
    }

    [Fact]
    public void Two_sets_that_have_heard_the_same_in_any_order_and_any_number_of_times_are_the_same()
    {
        Revocation[] all =
        [
            new(RevocationKind.User, "alice", Now + 10, 5), new(RevocationKind.User, "alice", Now + 30, 3), new(RevocationKind.User, "alice", Now + 20), new(RevocationKind.Token, "t", Now + 10),
            new(RevocationKind.Session, "s", Now + 10),
        ];
        var (one, other) = (NewSet(), NewSet());
        Array.ForEach(all, revocation => one.TryAdd(revocation, out _));
        Array.ForEach([.. all.Reverse(), .. all], revocation => other.TryAdd(revocation, out _));
        Assert.Equal(one.Digest(Now), other.Digest(Now));
        Assert.Contains(new Revocation(RevocationKind.User, "alice", Now + 30), one.All(Now));
        other.TryAdd(new Revocation(RevocationKind.Token, "u", Now + 10), out _);
        Assert.NotEqual(one.Digest(Now).Digest, other.Digest(Now).Digest);
    }

    private static RevocationSet NewSet(int max = 100) => new(new ConcurrentDictionary<string, long[]>(), max);
}
