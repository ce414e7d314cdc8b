namespace Sockeye;

/// <summary>A file that somebody who runs a server has named. A part of each project that reads such files.</summary>
internal static class NamedFile
{
    /// <summary>What is said of one that <see cref="HasContent"/> is false of although it is there: the end of a sentence.</summary>
    public const string NoContent = "is empty, or no regular file";

    /// <summary>What is at the end of all links: the length and time of a link are its own, and stay when another file is put behind it.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="IOException">The links have no end.</exception>
    public static FileInfo Of(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    /// <summary>Whether there is something in it that can be read to an end. A pipe, a socket and a device have no length; whoever opens a pipe waits for somebody who writes.</summary>
    /// <param name="path">The path; one with nothing at its end is false.</param>
    public static bool HasContent(string path) => File.Exists(path) && Of(path) is { Exists: true, Length: > 0 };
}
