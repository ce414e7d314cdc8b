namespace Uploads;

/// <summary>Where an upload goes on, and in pieces of what size.</summary>
internal sealed record Begun(long Offset, int ChunkBytes);

/// <summary>The upload of a socket, if it has one.</summary>
internal sealed class Transfer
{
    public Upload? Current { get; private set; }

    public void Begin(Upload upload)
    {
        End();
        Current = upload;
    }

    public void End()
    {
        Current?.Dispose();
        Current = null;
    }
}

/// <summary>The folder that uploads go to.</summary>
internal sealed class UploadStore(string folder)
{
    public const int ChunkBytes = 64 * 1024;
    private const long MaxBytes = 1L << 30;

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(folder);

    /// <returns>Null if the name or the size is none that is taken, or if another socket is writing that file.</returns>
    public Upload? Open(string name, long size)
    {
        // A name, never a path: what a client sends does not choose the folder.
        if (string.IsNullOrEmpty(name) || name != Path.GetFileName(name) || name is "." or ".." || size is < 0 or > MaxBytes)
        {
            return null;
        }

        try
        {
            return new Upload(name, Path.Combine(_folder.FullName, name), size);
        }
        catch (IOException)
        {
            return null; // somebody else has it open
        }
    }
}

/// <summary>One file on its way. Belongs to the socket that has begun it.</summary>
internal sealed class Upload : IDisposable
{
    private readonly FileStream _file;

    public Upload(string name, string path, long size)
    {
        (Name, Path, Size) = (name, path, size);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        _file.Seek(0, SeekOrigin.End);
    }

    public string Name { get; }

    public string Path { get; }

    public long Size { get; }

    public long Received => _file.Position;

    public bool IsComplete => Received == Size;

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Received + bytes.Length > Size)
        {
            throw new InvalidDataException($"{Name} was announced with {Size} bytes, and more came");
        }

        await _file.WriteAsync(bytes);
    }

    public void Dispose() => _file.Dispose();
}
