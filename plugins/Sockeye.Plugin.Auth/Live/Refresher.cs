using System.Text.Json;
using Sockeye.Plugin.Auth.Common;

namespace Sockeye.Plugin.Auth.Live;

/// <summary>Asks clients for new tokens before theirs expire, takes those that come, and puts out sockets whose time is over. All members may be called from any thread.</summary>
/// <remarks>
/// <para><b>A token goes from the event or the acknowledgement to the check and nowhere else:</b> not into texts, lines, labels or exceptions.</para>
/// <para><b>All or nothing.</b> The identity of a socket is one object: who, claims, permissions and expiry change at once. Sockets that the connection has with the same user in other namespaces get what the token is worth there.</para>
/// <para><b>Bounds.</b> One check at a time for a socket, <see cref="LiveOptions.RefreshesPerMinute"/> of its client's own accord, and a wait before the answer to a failure.</para>
/// </remarks>
internal sealed class Refresher(LiveParts parts, LiveSockets sockets, RevocationSet revocations, TokenCheck check, Func<SocketEntry, string, string, bool> putOut)
{
    /// <summary>Sent to a client whose identity is about to expire, with an acknowledgement in which it sends a new token; and by a client that has one.</summary>
    public const string RefreshEvent = "auth:refresh";

    /// <summary>Tells what has become of a token that came without an acknowledgement of its own.</summary>
    public const string RefreshedEvent = "auth:refreshed";

    /// <summary>Bytes of the arguments of a refresh at most: 65,536 (own; the sources know shorter limits of tokens).</summary>
    public const int MaxArgumentBytes = 65_536;

    private static readonly TimeSpan LongestAsk = TimeSpan.FromMinutes(10);

    private LiveOptions _options = parts.Options;

    private long Now => parts.Time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Configure(LiveOptions options) => Volatile.Write(ref _options, options);

    /// <summary>When something is due for an identity, and when it expires.</summary>
    public (long DueAt, long ExpiresAt) TimesOf(SocketIdentity identity)
    {
        if (identity.ExpiresAt is not { } moment)
        {
            return (long.MaxValue, long.MaxValue);
        }

        var options = Volatile.Read(ref _options);
        var (now, expiresAt) = (Now, moment.ToUnixTimeMilliseconds());
        if (expiresAt <= now)
        {
            expiresAt += (long)options.ClockSkew.TotalMilliseconds;
        }

        // A token that lives shorter than the lead is asked for in its middle, not again and again.
        var lead = Math.Min((long)options.RefreshLead.TotalMilliseconds, Math.Max(0, expiresAt - now) / 2);
        return (expiresAt - lead, expiresAt);
    }

    /// <summary>Does what is due.</summary>
    public void Sweep()
    {
        var now = Now;
        while (sockets.TryTakeDue(now, out var entry))
        {
            if (Notice(entry))
            {
                continue;
            }

            if (now >= entry.ExpiresAt)
            {
                Expire(entry);
            }
            else
            {
                entry.WasAsked = true;
                sockets.Schedule(entry, entry.ExpiresAt);
                _ = AskAsync(entry, TimeSpan.FromMilliseconds(entry.ExpiresAt - now));
            }
        }
    }

    /// <summary>Looks whether the application has given a socket another identity: then the expiry of that counts. One of the token's subject is renewed by a token, another one is not.</summary>
    /// <returns>Whether it has, and something is due at another moment.</returns>
    public bool Notice(SocketEntry entry)
    {
        var (current, known) = (entry.Socket.Identity, sockets.CredentialOf(entry));
        if (current is null || ReferenceEquals(current, entry.TakenOver ?? known.Identity))
        {
            return false;
        }

        var (dueAt, expiresAt) = TimesOf(current);
        if (ReferenceEquals(current, known.Identity))
        {
            sockets.Replace(entry, known, dueAt, expiresAt);
        }
        else
        {
            sockets.TakeOver(entry, current, current.Subject == known.Identity.Subject ? dueAt : expiresAt, expiresAt);
        }

        return true;
    }

    /// <summary>Takes a token that a client has sent by itself.</summary>
    /// <param name="e">The event, valid during the call.</param>
    public void Take(EventReader e)
    {
        var context = e.Context;
        if (e.ArgumentsUtf8.Length > MaxArgumentBytes || !e.TryRead<JsonElement>(out var argument) || TokenOf(argument) is not { } token)
        {
            Answer(context, new Result(AuthCode.InvalidToken, null));
            return;
        }

        if (!sockets.TryFind(context.Socket, out var entry) || entry.Credential.IsAnonymous)
        {
            Answer(context, new Result(LiveCode.NotAuthenticated, null));
            return;
        }

        _ = TakeAsync(entry, context, token);
    }

    /// <summary>Gives a socket what its token says, whoever else gives it something at this moment: the last one holds, with its rooms.</summary>
    public void Apply(SocketEntry entry, Credential? before)
    {
        while (true)
        {
            var credential = sockets.CredentialOf(entry);
            entry.Socket.Identity = credential.Identity;
            foreach (var room in before?.Rooms ?? [])
            {
                if (!credential.Rooms.Contains(room))
                {
                    entry.Socket.Leave(room);
                }
            }

            foreach (var room in credential.Rooms)
            {
                entry.Socket.Join(room);
            }

            if (ReferenceEquals(sockets.CredentialOf(entry), credential))
            {
                return;
            }

            before = credential;
        }
    }

    private void Expire(SocketEntry entry)
    {
        if (Volatile.Read(ref _options).WhenExpired == ExpiryAction.Disconnect)
        {
            putOut(entry, LiveCode.Expired, "The token has expired");
            return;
        }

        LiveLog.Stays(parts.Logger, entry.Socket.Id);
        parts.Audit("expired", entry.Socket, entry.Credential.Identity.Subject, LiveCode.Expired, entry.Credential.Identity.Source);
    }

    private async Task AskAsync(SocketEntry entry, TimeSpan remaining)
    {
        try
        {
            var question = Json(writer =>
            {
                writer.WriteNumber("expiresAt", entry.ExpiresAt);
            });
            var answer = await entry.Socket.Timeout(remaining < LongestAsk ? remaining : LongestAsk)
                .TryEmitWithAckAsync<JsonElement>(RefreshEvent, question, parts.Stopping).ConfigureAwait(false);
            if (!answer.IsAnswered || TokenOf(answer.Value) is not { } token || !entry.TryBeginRefresh())
            {
                return;
            }

            try
            {
                entry.Socket.Emit(RefreshedEvent, (await RefreshAsync(entry, token).ConfigureAwait(false)).ToJson());
            }
            finally
            {
                entry.EndRefresh();
            }
        }
#pragma warning disable CA1031 // Nobody waits for it. What a check throws is handled where it is called; this is the end of the generation, or of the socket.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The socket keeps the time that it has.
        }
    }

    private async Task TakeAsync(SocketEntry entry, EventContext context, string token)
    {
        if (!entry.TryBeginRefresh())
        {
            Answer(context, new Result(RefusalCode.RateLimited, null));
            return;
        }

        Result result;
        try
        {
            result = Allows(entry) ? await RefreshAsync(entry, token).ConfigureAwait(false) : new Result(RefusalCode.RateLimited, null);
        }
#pragma warning disable CA1031 // As in AskAsync.
        catch (Exception)
#pragma warning restore CA1031
        {
            result = new Result(RefusalCode.Unavailable, null);
        }
        finally
        {
            entry.EndRefresh();
        }

        Answer(context, result);
    }

    /// <summary>A bucket of refreshes, filled again within a minute.</summary>
    private bool Allows(SocketEntry entry)
    {
        var (most, now) = (Volatile.Read(ref _options).RefreshesPerMinute, parts.Time.GetTimestamp());
        var left = entry.Allowance is { } before ? Math.Min(most, before.Left + (parts.Time.GetElapsedTime(before.At, now).TotalMinutes * most)) : most;
        entry.Allowance = (left < 1 ? left : left - 1, now);
        return left >= 1;
    }

    private async Task<Result> RefreshAsync(SocketEntry entry, string token)
    {
        var verdict = await CheckAsync(entry, token).ConfigureAwait(false);
        var code = verdict.Identity is { } identity ? Adopt(entry, identity) : verdict.Code;
        if (code is null)
        {
            parts.Metrics.Refreshed(null);
            parts.Audit("refreshed", entry.Socket, entry.Credential.Identity.Subject, null, verdict.Identity!.Source);
            await AdoptElsewhereAsync(entry, verdict.Identity.Subject, token).ConfigureAwait(false);
            return new Result(null, verdict.Identity.ExpiresAt?.ToUnixTimeMilliseconds());
        }

        parts.Metrics.Refreshed(code);
        parts.Audit("refresh_refused", entry.Socket, entry.Credential.Identity.Subject, code, verdict.Identity?.Source);
        await parts.HoldBackAsync(parts.Throttle.Fail(entry.Socket.Handshake.Address, verdict.Claimed ?? verdict.Identity?.Subject), entry.Socket.Aborted).ConfigureAwait(false);
        return new Result(code, null);
    }

    private async ValueTask<TokenVerdict> CheckAsync(SocketEntry entry, string token)
    {
        using var patience = new CancellationTokenSource(Volatile.Read(ref _options).RefreshTimeout, parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, entry.Socket.Aborted, parts.Stopping);
        try
        {
            return await check(entry.Socket, token, either.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A source may throw anything. Its text may hold the token, so only its type is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            LiveLog.CheckFailed(parts.Logger, failure.GetType().Name);
            return new TokenVerdict(null, RefusalCode.Unavailable);
        }
    }

    /// <summary>Gives the token to the sockets that the connection has in other namespaces with the same user. Each of these decides for itself, by its sources and by callouts that are told of it:
    /// what lets somebody into one namespace may be worth nothing in another. Where it is, the socket keeps what it has.</summary>
    private async Task AdoptElsewhereAsync(SocketEntry entry, string subject, string token)
    {
        foreach (var other in sockets.OfSubject(subject))
        {
            if (other != entry && other.Session == entry.Session && (await CheckAsync(other, token).ConfigureAwait(false)).Identity is { } identity && Adopt(other, identity) is { } code)
            {
                parts.Audit("refresh_refused", other.Socket, subject, code, identity.Source);
            }
        }
    }

    /// <summary>Gives a socket a new identity.</summary>
    /// <returns>Why not; null: it has it.</returns>
    private string? Adopt(SocketEntry entry, SocketIdentity identity)
    {
        // The one that the socket has, not the one that it came with: an application may have set it.
        if (entry.Socket.Identity is not { } current)
        {
            return LiveCode.NotAuthenticated;
        }

        if (current.Subject != identity.Subject)
        {
            return LiveCode.OtherUser;
        }

        var credential = Credential.Of(identity);
        if (revocations.Holds(credential, entry.Socket.Id, Now))
        {
            return LiveCode.Revoked;
        }

        var (dueAt, expiresAt) = TimesOf(identity);
        if (expiresAt <= Now)
        {
            return LiveCode.Expired;
        }

        if (sockets.Replace(entry, credential, dueAt, expiresAt) is { } before)
        {
            Apply(entry, before);
        }

        // Revoked between the question above and now: whoever has revoked it may not have seen the socket with this token.
        if (!revocations.Holds(credential, entry.Socket.Id, Now))
        {
            return null;
        }

        putOut(entry, LiveCode.Revoked, "The token has been revoked");
        return LiveCode.Revoked;
    }

    private static void Answer(in EventContext context, in Result result)
    {
        if (!context.WantsAck)
        {
            context.Socket.Emit(RefreshedEvent, result.ToJson());
        }
        else if (result.Code is { } code)
        {
            context.Refuse(result.Reason, code);
        }
        else
        {
            context.Ack(result.ToJson());
        }
    }

    /// <summary>The token in what a client has sent: a text, or an object with a text <c>token</c>.</summary>
    private static string? TokenOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty("token", out value))
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } token ? token : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a character
        }
    }

    private static JsonElement Json(Action<Utf8JsonWriter> content)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(64);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    /// <summary>What the client hears.</summary>
    private readonly record struct Result(string? Code, long? ExpiresAt)
    {
        public string Reason => Code switch
        {
            LiveCode.OtherUser => "The token is another user's",
            LiveCode.Revoked => "The token has been revoked",
            LiveCode.NotAuthenticated => "The socket has no identity",
            RefusalCode.RateLimited => "Too many tokens in too little time",
            RefusalCode.Unavailable => "The token cannot be checked at the moment",
            _ => "The token is not valid",
        };

        public JsonElement ToJson()
        {
            var own = this;
            return Json(writer =>
            {
                if (own.Code is { } code)
                {
                    writer.WriteString("refused", own.Reason);
                    writer.WriteString("code", code);
                }
                else
                {
                    writer.WriteBoolean("ok", true);
                    if (own.ExpiresAt is { } moment)
                    {
                        writer.WriteNumber("expiresAt", moment);
                    }
                    else
                    {
                        writer.WriteNull("expiresAt");
                    }
                }
            });
        }
    }
}
