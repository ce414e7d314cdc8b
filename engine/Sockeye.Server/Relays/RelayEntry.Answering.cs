using System.Buffers;
using Sockeye.EngineIO;
using Sockeye.EngineIO.Http;
using Sockeye.Transport;

namespace Sockeye.Server.Relays;

// What comes from the server that has the session, on its way to the client.
internal sealed partial class RelayEntry
{
    private IHttpTunnel? _tunnel;
    private byte[] _head = [];
    private int _unwritten;
    private bool _isAnswering;

    protected override void OnInput(byte[] bytes)
    {
        if (_isGone)
        {
            Used(bytes.Length);
        }
        else if (_tunnel is { } tunnel)
        {
            Written(bytes.Length, tunnel.Write(bytes));
        }
        else if (_isAnswering)
        {
            Written(bytes.Length, exchange.WritePart(bytes));
        }
        else
        {
            Answer(bytes);
        }
    }

    protected override void OnInputOver()
    {
        if (_tunnel is { } tunnel)
        {
            tunnel.Close();
            Finish();
        }
        else if (_isAnswering)
        {
            exchange.EndParts();
        }
        else
        {
            End();
        }
    }

    protected override void OnCut(bool isBusy)
    {
        if (isBusy)
        {
            Hub.Failed(this, RelayFault.Refused);
        }

        End(isBusy);
    }

    protected override void OnFailed(RelayFault fault) => Refuse(isBusy: fault == RelayFault.Outage);

    /// <summary>The answer begins: its head is given to the client when all of it is here, which is one frame as a rule, unless the bus takes short ones alone.</summary>
    private void Answer(byte[] bytes)
    {
        bytes = _head.Length == 0 ? bytes : [.. _head, .. bytes];
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            KeepOfHead(bytes);
            if (bytes.Length >= WindowBytes)
            {
                Fail(RelayFault.Broken);        // nothing of it has been used, so no more of it may come
            }

            return;
        }

        KeepOfHead([]);
        _isAnswering = true;
        if (_requestSent == _request?.Length)
        {
            ForgetRequest();
        }

        if (bytes.AsSpan().StartsWith("HTTP/1.1 101 "u8))
        {
            _tunnel = exchange.BeginTunnel(this);
            if (_tunnel is not null)
            {
                Written(bytes.Length, _tunnel.Write(bytes));
            }

            return;
        }

        var isLast = exchange.BeginParts(Head.IsUpgrade);
        var line = isLast ? "Connection: close\r\n"u8 : Head.MinorVersion == 0 ? "Connection: keep-alive\r\n"u8 : default;
        var all = ArrayPool<byte>.Shared.Rent(bytes.Length + line.Length);
        var head = bytes.AsSpan(0, end + 2);
        head.CopyTo(all);
        line.CopyTo(all.AsSpan(head.Length));
        bytes.AsSpan(head.Length).CopyTo(all.AsSpan(head.Length + line.Length));
        var isTaken = exchange.WritePart(all.AsSpan(0, bytes.Length + line.Length));
        ArrayPool<byte>.Shared.Return(all);
        Written(bytes.Length, isTaken);
    }

    private void KeepOfHead(byte[] bytes)
    {
        BufferCounters.Hold(bytes.Length - _head.Length);
        _head = bytes;
    }

    private void Written(int bytes, bool isTaken)
    {
        _unwritten += bytes;
        if (isTaken)
        {
            OnWritten();
        }
    }

    private void OnWritten()
    {
        var bytes = _unwritten;
        _unwritten = 0;
        if (bytes > 0)
        {
            Used(bytes);
        }
    }

    /// <summary>The other side has no answer, or no more of it.</summary>
    private void End(bool isBusy = false)
    {
        Finish();
        if (isBusy)
        {
            Refuse(isBusy);
        }
        else if (!_isGone)
        {
            _isGone = true;
            Abort();
        }
    }

    private void Refuse(bool isBusy)
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        if (_isAnswering)
        {
            Abort();
        }
        else
        {
            Hub.Engine.RefuseRelayed(exchange, sid, isBusy);
        }
    }

    private void Abort()
    {
        if (_tunnel is { } tunnel)
        {
            tunnel.Abort();
        }
        else
        {
            exchange.Abort();
        }
    }
}
