using DotNetty.Buffers;
using DotNetty.Transport.Channels;

namespace Sockeye.Transport.Channels;

/// <summary>Who hears what happens: the pipeline, or the one handler that has taken its place.</summary>
internal abstract partial class LoopChannel
{
    // One of the two is null.
    private DefaultChannelPipeline? _pipeline;
    private IDirectHandler? _direct;

    /// <summary>The pipeline; made again for a channel that was taken over, which has to be asked on its loop.</summary>
    public IChannelPipeline Pipeline => _pipeline ?? RestorePipeline();

    /// <summary>Puts a handler in the place of a pipeline that holds nothing but <paramref name="last"/>. False if there is more in it.</summary>
    internal bool TryTakeOver(IChannelHandler last, IDirectHandler direct)
    {
        if (_pipeline is not { } pipeline || pipeline.First() != last || pipeline.Last() != last) { return false; }
        _direct = direct;
        _pipeline = null;
        return true;
    }

    private DefaultChannelPipeline RestorePipeline()
    {
        if (!_loop.InEventLoop) { throw new InvalidOperationException("This channel has no pipeline at the moment; on its loop it makes one."); }
        IDirectHandler direct = _direct!;
        DefaultChannelPipeline pipeline = new(this);
        _pipeline = pipeline;                   // first: a handler that is added may ask for it
        _direct = null;
        pipeline.FireChannelRegistered();       // or handlers would only be added with the registration, which is over
        pipeline.AddLast(direct.Name, direct);
        return pipeline;
    }

    private void FireRead(IByteBuffer buffer)
    {
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelRead(buffer);
            return;
        }

        try { direct.OnRead(buffer); }
        catch (Exception e) { direct.OnFailed(e); }
    }

    private void FireWritable()
    {
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelWritabilityChanged();
            return;
        }

        try { direct.OnWritable(); }
        catch (Exception e) { direct.OnFailed(e); }
    }

    private void FireInactive()
    {
        Clear(ChannelState.InactivePending | ChannelState.Registered);
        if (_direct is not { } direct)
        {
            _pipeline!.FireChannelInactive();
            _pipeline.FireChannelUnregistered();
            return;
        }

        try { direct.OnInactive(); }
        catch (Exception e) { direct.OnFailed(e); }
    }
}
