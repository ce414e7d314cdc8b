using System.Security.Claims;
using Xunit;

namespace Sockeye.Abstractions.Tests;

public class IdentityTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(255, true)]
    [InlineData(0, false)]
    [InlineData(256, false)]
    public void A_subject_has_1_to_255_characters(int length, bool isTaken)
    {
        var subject = new string('x', length);
        if (isTaken)
        {
            Assert.Equal(subject, new SocketIdentity(subject).Subject);
        }
        else
        {
            Assert.Throws<ArgumentException>(nameof(subject), () => new SocketIdentity(subject));
        }
    }

    [Fact]
    public void An_identity_says_what_it_was_given_and_nothing_else()
    {
        var plain = new SocketIdentity("ann");
        Assert.Empty(plain.Claims);
        Assert.Empty(plain.Permissions);
        Assert.Null(plain.ExpiresAt);
        Assert.Null(plain.RateClass);
        Assert.Null(plain.Source);
        Assert.False(plain.May("write"));
        Assert.False(plain.HasExpired(DateTimeOffset.MaxValue));

        var end = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var full = new SocketIdentity("ann")
        {
            Claims = [new("email", "a@b.example"), new("group", "x"), new("group", "y")],
            ExpiresAt = end,
            Permissions = new HashSet<string> { "write" },
            RateClass = "paid",
            Source = "jwt",
        };
        Assert.True(full.TryFind("group", out var group));
        Assert.Equal("x", group);
        Assert.False(full.TryFind("Group", out _));
        Assert.True(full.HasClaim("group", "x") && full.HasClaim("group", "y"));
        Assert.False(full.HasClaim("group", "X") || full.HasClaim("Group", "x") || full.HasClaim("group", "a@b.example") || plain.HasClaim("group", "x"));
        Assert.True(full.May("write"));
        Assert.False(full.May("WRITE"));
        Assert.False(full.HasExpired(end.AddTicks(-1)));
        Assert.True(full.HasExpired(end));
        Assert.Equal(("paid", "jwt"), (full.RateClass, full.Source));
        Assert.Equal("ann", full.ToString());
    }

    [Fact]
    public void An_identity_does_not_change_with_what_it_was_made_of_and_cannot_be_changed()
    {
        List<SocketClaim> claims = [new("a", "1")];
        var permissions = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "read" };
        var identity = new SocketIdentity("ann") { Claims = claims, Permissions = permissions };
        claims[0] = new("a", "2");
        permissions.Add("write");
        Assert.True(identity.TryFind("a", out var value));
        Assert.Equal("1", value);
        Assert.Equal(["read"], identity.Permissions);
        Assert.False(identity.May("READ"));
        Assert.Throws<NotSupportedException>(() => ((IList<SocketClaim>)identity.Claims)[0] = default);
        Assert.Throws<NotSupportedException>(() => ((ICollection<string>)identity.Permissions).Add("write"));
        Assert.Throws<ArgumentNullException>(() => new SocketIdentity("ann") { Claims = null! });
        Assert.Throws<ArgumentNullException>(() => new SocketIdentity("ann") { Permissions = null! });
    }

    [Theory]
    [InlineData("sub")]
    [InlineData(ClaimTypes.NameIdentifier)]
    public void A_principal_becomes_an_identity_with_its_subject_claims_and_expiry(string type)
    {
        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(type, "ann"), new Claim("exp", "1893456000"), new Claim("email", "a@b.example")], "Bearer"));
        var identity = new SocketIdentity(principal) { Permissions = new HashSet<string> { "write" } };
        Assert.Equal("ann", identity.Subject);
        Assert.Equal([new(type, "ann"), new("exp", "1893456000"), new("email", "a@b.example")], identity.Claims);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), identity.ExpiresAt);
        Assert.Equal("Bearer", identity.Source);
        Assert.True(identity.May("write"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-1")]
    [InlineData("253402300800")]
    [InlineData("99999999999999999999")]
    public void An_expiry_that_is_no_moment_is_a_claim_and_nothing_more(string exp)
    {
        var identity = new SocketIdentity(new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "ann"), new Claim("exp", exp)])));
        Assert.Null(identity.ExpiresAt);
        Assert.True(identity.TryFind("exp", out var claim));
        Assert.Equal(exp, claim);
        Assert.Null(identity.Source);
    }

    [Fact]
    public void A_principal_without_a_subject_is_refused()
    {
        Assert.Throws<ArgumentException>("principal", () => new SocketIdentity(new ClaimsPrincipal()));
        Assert.Throws<ArgumentException>(() => new SocketIdentity(new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "")]))));
        Assert.Throws<ArgumentNullException>("principal", () => new SocketIdentity((ClaimsPrincipal)null!));
    }

    [Fact]
    public void An_identity_becomes_a_principal_whose_roles_are_its_permissions()
    {
        var principal = new SocketIdentity("ann") { Claims = [new("email", "a@b.example")], Permissions = new HashSet<string> { "write" }, Source = "jwt" }.ToPrincipal();
        Assert.Equal("ann", principal.Identity!.Name);
        Assert.True(principal.Identity.IsAuthenticated);
        Assert.Equal("jwt", principal.Identity.AuthenticationType);
        Assert.True(principal.IsInRole("write"));
        Assert.False(principal.IsInRole("read"));
        Assert.Equal("a@b.example", principal.FindFirst("email")!.Value);
        var back = new SocketIdentity(principal);
        Assert.Equal("ann", back.Subject);
        Assert.Single(back.ToPrincipal().FindAll(ClaimTypes.NameIdentifier));
    }
}
