using System.Runtime.InteropServices;

namespace Sockeye.Server.Common;

/// <summary>The process's standard error, as a stream that waits for nobody but its reader.</summary>
/// <remarks>It owns nothing: the descriptor is the process's. The thread of the <see cref="ConsoleLines"/>. The streams of <see cref="Console"/> share one lock on Unix: while a pipe behind standard error is full,
/// every handler that writes to standard output would stop its loop.</remarks>
internal sealed class StandardError : Stream
{
    private const int Descriptor = 2;
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int Interrupted = 4;

    private static readonly int Again = OperatingSystem.IsLinux() ? 11 : 35;

    private static readonly ManualResetEvent Never = new(false);

    private StandardError()
    {
    }

    /// <inheritdoc />
    public override bool CanRead => false;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>A stream on standard error; null if that was closed when the process began.</summary>
    /// <remarks>Where it was closed, its descriptor belongs to whatever was opened next: a line of the log would go to a client, or into a file of the application. What the process itself has opened
    /// is closed when it starts another one, what it was given is not: that tells them apart.</remarks>
    public static Stream? Open() =>
        OperatingSystem.IsWindows() ? Console.OpenStandardError()
        : FileControl(Descriptor, GetFlags) is var flags && (flags < 0 || (flags & CloseOnExec) != 0) ? null
        : new StandardError();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count)
    {
        for (var rest = buffer.AsSpan(offset, count).ToArray(); rest.Length > 0;)
        {
            var written = Write(Descriptor, rest, rest.Length);
            if (written >= 0)
            {
                rest = rest[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Again)
            {
                // Whoever shares the pipe has made it one that does not wait.
                Never.WaitOne(10);
            }
            else if (error != Interrupted)
            {
                throw new IOException($"Standard error: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }
    }

    /// <inheritdoc />
    public override void Flush()
    {
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

#pragma warning disable SYSLIB1054 // Numbers and an array need no generated code, which would need pointers.
    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FileControl(int descriptor, int command);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, byte[] bytes, nint count);
#pragma warning restore SYSLIB1054
}
