namespace Sockeye.Server.Tests.Fuzzing;

/// <summary>What asynchronous code of a fuzzed server waits for, until the fuzzer lets it go on. Any thread.</summary>
internal sealed class FuzzGates
{
    private readonly List<TaskCompletionSource> _waiting = [];
    private bool _isOpen;

    public int Waiting
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits for the fuzzer.</summary>
    public Task WaitAsync()
    {
        lock (_waiting)
        {
            if (_isOpen)
            {
                return Task.CompletedTask;
            }

            var gate = new TaskCompletionSource();
            _waiting.Add(gate);
            return gate.Task;
        }
    }

    /// <summary>Lets one go on, whichever.</summary>
    public void OpenOne(Random random)
    {
        TaskCompletionSource gate;
        lock (_waiting)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            var index = random.Next(_waiting.Count);
            gate = _waiting[index];
            _waiting.RemoveAt(index);
        }

        gate.SetResult();
    }

    /// <summary>Lets all go on, and nobody waits any more.</summary>
    public void OpenAll()
    {
        TaskCompletionSource[] all;
        lock (_waiting)
        {
            _isOpen = true;
            all = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var gate in all)
        {
            gate.SetResult();
        }
    }
}
