using System.Runtime.InteropServices;

namespace Sockeye.Transport.Transports;

/// <summary>Whether the native transport can run here. Its numbers and the layout of what the kernel reads are those of 64-bit x86 and ARM; on other processors some of them differ, and nobody has tried.</summary>
internal static class NativeSupport
{
    /// <summary>Why there is no native transport in this process; null: there is one.</summary>
    internal static string? Missing { get; } = WhyMissing(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture, Libc.IsFound);

    /// <param name="isLinux">Whether the system is Linux.</param>
    /// <param name="architecture">That of the process.</param>
    /// <param name="hasLibrary">Whether the C library of the system can be found, asked last.</param>
    internal static string? WhyMissing(bool isLinux, Architecture architecture, Func<bool> hasLibrary) =>
        !isLinux ? "it needs Linux"
        : architecture is not (Architecture.X64 or Architecture.Arm64) ? $"it knows x64 and arm64, not {architecture}"
        : !hasLibrary() ? "neither glibc (libc.so.6) nor musl (libc.musl-*.so.1) was found"
        : null;
}
