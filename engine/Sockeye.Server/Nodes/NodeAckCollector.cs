using System.Text;
using Sockeye.Abstractions.Sockets;

namespace Sockeye.Server.Nodes;

/// <summary>The acknowledgements of the sockets here for an event that another server has published: collected as bytes, and sent there together.</summary>
/// <remarks>It owns the answers until all are there. Any thread. What does not fit into one message is left out: of some sockets the answer, or of more than their ids fit for all of them, and who has asked is told.</remarks>
/// <param name="result">Takes the bytes.</param>
/// <param name="maxBytes">How many there may be.</param>
internal sealed class NodeAckCollector(TaskCompletionSource<ReadOnlyMemory<byte>> result, int maxBytes) : BroadcastAckCollector
{
    private const int Partial = 1;
    private const int Cut = 2;

    private readonly Lock _lock = new();
    private readonly List<Member> _members = [];
    private int _parts;
    private int _open;
    private bool _isPartial;
    private bool _isDone;

    public override void Begin(int parts) => Change(parts, 0);

    public override AckCallback Expect(string socketId)
    {
        var member = new Member(this, socketId);
        lock (_lock)
        {
            _members.Add(member);
            _open++;
        }

        return member;
    }

    public override void PartDone() => Change(-1, 0);

    public override void PartLost()
    {
        lock (_lock)
        {
            _isPartial = true;
        }
    }

    public override void NodeMissing(string node) => PartLost();

    /// <summary>Gives the answers of another server to who has asked there.</summary>
    /// <returns>False: they are not all of them, or none of answers.</returns>
    public static bool TryPass(ReadOnlySpan<byte> answers, BroadcastAckCollector collector, PayloadCodec codec)
    {
        if (answers.IsEmpty)
        {
            // The call was for nobody there.
            return true;
        }

        var body = new WireReader(answers);
        var flags = body.Number();
        if ((flags & Partial) != 0)
        {
            collector.PartLost();
        }

        for (var left = body.Count(); left > 0; left--)
        {
            var id = body.Text() ?? "";
            var isAnswered = body.Number() != 0;
            var arguments = body.Bytes();
            var attachments = new ReadOnlyMemory<byte>[body.Count()];
            for (var i = 0; i < attachments.Length; i++)
            {
                attachments[i] = body.Bytes().ToArray();
            }

            if (!body.IsWhole)
            {
                return false;
            }

            var callback = collector.Expect(id);
            if (isAnswered)
            {
                callback.Answer(new EventReader(default, default, arguments, attachments, codec));
            }
            else
            {
                callback.Fail(AckStatus.TimedOut);
            }
        }

        return body.IsWhole && (flags & Cut) == 0;
    }

    private void Settle(Member member, byte[]? arguments, byte[][] attachments)
    {
        lock (_lock)
        {
            if (member.IsSettled)
            {
                return;
            }

            member.IsSettled = true;
            (member.Arguments, member.Attachments) = (arguments, attachments);
        }

        Change(0, -1);
    }

    private void Change(int parts, int open)
    {
        lock (_lock)
        {
            _parts += parts;
            _open += open;
            if (_parts > 0 || _open > 0 || _isDone)
            {
                return;
            }

            _isDone = true;
        }

        result.TrySetResult(Write());
    }

    private ReadOnlyMemory<byte> Write()
    {
        var left = maxBytes - (2L * sizeof(int)) - _members.Sum(static member => (long)member.LeastBytes);
        var isCut = left < _members.Sum(static member => (long)member.AnswerBytes);
        var body = new WireWriter();
        body.Number((_isPartial ? Partial : 0) | (isCut ? Cut : 0));
        body.Number(left < 0 ? 0 : _members.Count);
        foreach (var member in left < 0 ? [] : _members)
        {
            var fits = member.AnswerBytes <= left;
            left -= fits ? member.AnswerBytes : 0;
            member.Write(body, fits);
        }

        return body.Written;
    }

    private sealed class Member(NodeAckCollector collector, string socketId) : AckCallback
    {
        public string SocketId { get; } = socketId;

        public bool IsSettled { get; set; }

        public byte[]? Arguments { get; set; }

        public byte[][] Attachments { get; set; } = [];

        /// <summary>Bytes that it needs in any case.</summary>
        public int LeastBytes => Encoding.UTF8.GetByteCount(SocketId) + (4 * sizeof(int));

        /// <summary>Bytes of its answer on top.</summary>
        public int AnswerBytes => (Arguments?.Length ?? 0) + Attachments.Sum(static attachment => sizeof(int) + attachment.Length);

        public void Write(WireWriter body, bool withAnswer)
        {
            body.Text(SocketId);
            body.Number(withAnswer && Arguments is not null ? 1 : 0);
            body.Bytes(withAnswer ? Arguments : null);
            body.Number(withAnswer ? Attachments.Length : 0);
            foreach (var attachment in withAnswer ? Attachments : [])
            {
                body.Bytes(attachment);
            }
        }

        public override void Answer(EventReader answer)
        {
            var attachments = new byte[answer.AttachmentCount][];
            for (var i = 0; i < attachments.Length; i++)
            {
                attachments[i] = answer.Attachment(i).ToArray();
            }

            collector.Settle(this, answer.ArgumentsUtf8.ToArray(), attachments);
        }

        public override void Fail(AckStatus status) => collector.Settle(this, null, []);
    }
}
