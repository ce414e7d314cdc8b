using System.Runtime.InteropServices;
using System.Text;

namespace Sockeye.Server.Plugins;

/// <summary>Whether nobody but the operator can have put something into a folder of plugins. Any thread.</summary>
/// <remarks>On Linux each folder on the way, each link and each file belongs to root or to the user of the process, and neither its group nor others may write to it; a folder in which each may remove
/// his own only, such as /tmp, may be on the way. A pipe, a socket or a device is nothing that belongs into a folder of plugins. On other systems of that family the bits alone are looked at, since .NET does not tell the owner. On Windows nothing is: the folder inherits whom it lets in.</remarks>
internal static class FolderTrust
{
    private const int MaxLinks = 40; // as Linux
    private const UnixFileMode Foreign = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Looks at a file or folder, at the way to it, and at what links on it point to.</summary>
    /// <exception cref="PluginFault">Others may write; the sentence says to what and how to end it.</exception>
    public static void Check(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Walk(Path.GetFullPath(path), 0);
        }
    }

    private static string Walk(string path, int links)
    {
        if (links > MaxLinks)
        {
            throw new PluginFault($"{path} has more than {MaxLinks} symbolic links on the way.");
        }

        var current = "/";
        CheckOne(current, FileOwner.Of(current), isOnWay: true);
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < steps.Length; i++)
        {
            var next = Path.Combine(current, steps[i]);
            var found = FileOwner.Of(next);
            if (found.IsLink)
            {
                CheckOwner(next, found);
                current = Walk(Path.GetFullPath(new FileInfo(next).LinkTarget ?? next, current), links + 1);
                continue;
            }

            CheckOne(next, found, isOnWay: i < steps.Length - 1);
            current = next;
        }

        return current;
    }

    private static void CheckOne(string path, FileOwner found, bool isOnWay)
    {
        CheckOwner(path, found);
        if (found.IsOther)
        {
            // Whoever opens a pipe waits for somebody who writes.
            throw new PluginFault($"{path} is a pipe, a socket or a device, and no regular file.");
        }

        if ((found.Mode & Foreign) != 0 && !(isOnWay && (found.Mode & UnixFileMode.StickyBit) != 0))
        {
            var who = (found.Mode & Foreign) switch { Foreign => "its group and everybody", UnixFileMode.GroupWrite => "its group", _ => "everybody" };
            throw new PluginFault($"{path} may be written by {who}, who could put code into this process: chmod go-w '{path}'.");
        }
    }

    private static void CheckOwner(string path, FileOwner found)
    {
        if (found.User is { } user && user != 0 && user != FileOwner.Current)
        {
            throw new PluginFault($"{path} belongs to the user {user}, who could put code into this process, which runs as {FileOwner.Current}: chown {FileOwner.Current} '{path}'.");
        }
    }
}

/// <summary>To whom a file belongs, and who may write to it.</summary>
/// <param name="User">The number of the user; null: not known here.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="IsLink">Whether it is a symbolic link, which is not followed.</param>
/// <param name="IsOther">Whether it is known to be neither that nor a file nor a folder.</param>
internal readonly record struct FileOwner(uint? User, UnixFileMode Mode, bool IsLink, bool IsOther)
{
    private const int WorkingFolder = -100, NoFollow = 0x100;
    private const uint Basic = 0x7ff;
    private const int Size = 256, UserAt = 20, ModeAt = 28;
    private const int TypeBits = 0xF000, FolderType = 0x4000, FileType = 0x8000, LinkType = 0xA000;

    /// <summary>The user of this process.</summary>
    public static uint Current { get; } = OperatingSystem.IsWindows() ? 0 : geteuid();

    /// <exception cref="PluginFault">It does not exist, or may not be looked at.</exception>
    public static FileOwner Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                Span<byte> answer = stackalloc byte[Size];
                var name = Encoding.UTF8.GetBytes(path + '\0');
                if (statx(WorkingFolder, ref name[0], NoFollow, Basic, ref answer[0]) == 0)
                {
                    var mode = MemoryMarshal.Read<ushort>(answer[ModeAt..]);
                    var type = mode & TypeBits;
                    return new FileOwner(MemoryMarshal.Read<uint>(answer[UserAt..]), (UnixFileMode)(mode & 0xFFF), type == LinkType, type is not (FolderType or FileType or LinkType));
                }

                throw Unreadable(path, null);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library from before 2018: the bits alone, as elsewhere.
            }
        }

        try
        {
            var file = new FileInfo(path);
            return new FileOwner(null, OperatingSystem.IsWindows() ? UnixFileMode.None : file.UnixFileMode, file.LinkTarget is not null, IsOther: false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }
    }

    private static PluginFault Unreadable(string path, Exception? fault) => new($"{path} does not exist or cannot be looked at.", fault);

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // Blittable calls by the names of the system; no code with pointers is generated for them here.
    [DllImport("libc")]
    private static extern int statx(int folder, ref byte path, int flags, uint mask, ref byte answer);

    [DllImport("libc")]
    private static extern uint geteuid();
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
