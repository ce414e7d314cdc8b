using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using Sockeye.EngineIO;
using Sockeye.Plugins;
using Sockeye.Server.Common;
using Sockeye.Server.Hooks;
using Sockeye.Transport;

namespace Sockeye.Server.Plugins;

/// <summary>Hands a changed section to a plugin that takes it while it runs.</summary>
/// <remarks>It owns a timer and its place at the section's reload token, until it is disposed. A change is handed over once nothing has changed for <see cref="Quiet"/>, by the server's clock, or at once when somebody asks, as a whole and on the thread pool;
/// one that comes during a call waits for its end. Whatever a call throws counts against its plugin, which keeps what it had; so does a call that takes longer than <see cref="EngineOptions.HookTimeout"/>,
/// though it holds no loop and may go on. While its circuit is open a change waits.</remarks>
internal sealed class ConfigurationWatch : IDisposable, IThreadPoolWorkItem, ILoopWork
{
    /// <summary>How long nothing must have changed (own): a file that is written reports several times, and providers reload one after the other.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly PluginGeneration _owner;
    private readonly ServerContext _server;
    private readonly IConfigurationSection _section;
    private readonly IReloadHook _hook;
    private readonly HookGuard _guard;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private readonly IDisposable _registration;
    private SectionSnapshot _last;
    private bool _isRunning;
    private bool _isDue;
    private bool _isAsked;
    private bool _isDisposed;
    private TaskCompletionSource? _handedOver;

    public ConfigurationWatch(PluginGeneration owner, ServerContext server, IConfigurationSection section, SectionSnapshot start, (IReloadHook Hook, HookGuard Guard) hook)
    {
        _owner = owner;
        _server = server;
        _section = section;
        _last = start;
        (_hook, _guard) = hook;
        _timer = owner.Time.CreateTimer(static watch => ((ConfigurationWatch)watch!).OnQuiet(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = ChangeToken.OnChange(section.GetReloadToken, OnChanged);

        // What has changed since the generation was made has told nobody.
        OnChanged();
    }

    /// <summary>Hands the section over once more, at once and also if it has not changed.</summary>
    /// <returns>Completes when the plugin has taken it, or refused it; or when it waits until the circuit is tried.</returns>
    public Task HandOverAsync()
    {
        TaskCompletionSource handedOver;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return Task.CompletedTask;
            }

            _isAsked = true;
            handedOver = _handedOver ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        OnQuiet();
        return handedOver.Task;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _handedOver?.TrySetResult();
        }

        _registration.Dispose();
        _timer.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => _server.PoolContext.Run(this);

    void ILoopWork.Run() => _ = RunAsync();

    private void OnChanged()
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void OnQuiet()
    {
        lock (_lock)
        {
            _isDue = true;
            if (_isRunning || _isDisposed)
            {
                return;
            }

            _isRunning = true;
            _owner.Calls.Begin();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Never fails.</summary>
    private async Task RunAsync()
    {
        while (TryBegin(out var isAsked, out var handedOver))
        {
            var call = new Call(_guard);
            try
            {
                var now = SectionSnapshot.Of(_section);
                var isChanged = !now.SaysSameAs(_last);
                if (!isAsked && !isChanged)
                {
                    continue;
                }

                if (!call.TryEnter())
                {
                    Postpone(isAsked);
                    continue;
                }

                _last = now;
                using (_owner.Time.CreateTimer(static call => ((Call)call!).Overran(), call, _server.HookTimeout, Timeout.InfiniteTimeSpan))
                {
                    await _hook.OnConfigurationAsync(now, _owner.Stopping).ConfigureAwait(false);
                }

                call.Answered();
                _owner.Configured(isChanged);
            }
#pragma warning disable CA1031 // Whatever a plugin throws is its own failure: counted and logged, and it keeps what it had.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _owner.NotConfigured(string.Join('\n', _server.FaultsOf(failure)));
                call.Failed(failure, _owner.Stopping.IsCancellationRequested);
            }
            finally
            {
                handedOver?.TrySetResult();
            }
        }

        _owner.Calls.End();
    }

    private void Postpone(bool isAsked)
    {
        lock (_lock)
        {
            _isAsked |= isAsked;
            if (!_isDisposed)
            {
                _timer.Change(_server.HookOptions.RetryAfter, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private bool TryBegin(out bool isAsked, out TaskCompletionSource? handedOver)
    {
        lock (_lock)
        {
            _isRunning = _isDue && !_isDisposed;
            isAsked = _isRunning && _isAsked;
            handedOver = isAsked ? _handedOver : null;
            _handedOver = isAsked ? null : _handedOver;
            _isDue = false;
            _isAsked &= !_isRunning;
            return _isRunning;
        }
    }

    /// <summary>One call of the hook, counted by its guard. Its end and its overrun are of different threads; the first of them says how it went.</summary>
    private sealed class Call(HookGuard guard)
    {
        private HookPass _pass = HookPass.Normal;
        private int _isTold;

        /// <summary>Whether the hook may be called now.</summary>
        public bool TryEnter() => (_pass = guard.Enter()) != HookPass.None;

        public void Answered()
        {
            if (IsFirst())
            {
                guard.Answered(_pass);
            }
        }

        public void Overran()
        {
            if (IsFirst())
            {
                guard.Failed(_pass, HookFault.Late);
            }
        }

        /// <summary>What was thrown is told also if the call has overrun: the plugin has not taken its configuration.</summary>
        public void Failed(Exception failure, bool isOver)
        {
            var isFirst = IsFirst();
            if (isOver && failure is OperationCanceledException)
            {
                guard.Abandoned(isFirst ? _pass : HookPass.Normal);
            }
            else
            {
                guard.Failed(isFirst ? _pass : HookPass.Normal, HookFault.NotConfigured, failure);
            }
        }

        private bool IsFirst() => Interlocked.Exchange(ref _isTold, 1) == 0;
    }
}
