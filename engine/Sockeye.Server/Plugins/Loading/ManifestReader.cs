using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using Sockeye.Plugins;

namespace Sockeye.Server.Plugins;

/// <summary>Reads of an assembly, from its bytes and before any code of it runs, whether it is a plugin. Any thread.</summary>
internal static class ManifestReader
{
    public const string Contract = "Sockeye.Abstractions";

    private const string AttributeSpace = "Sockeye.Plugins";

    // What the compiler for other systems writes over the machine of an image that it has compiled ahead: Apple, FreeBSD, Linux, NetBSD, SunOS.
    private static readonly ushort[] s_systems = [0, 0x4644, 0xADC4, 0x7B79, 0x1993, 0x1992];

    /// <summary>What an assembly is.</summary>
    /// <param name="path">Its file, for sentences.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="PluginFault">It is no assembly that can be loaded here, or has a manifest that does not fit.</exception>
    public static AssemblyFacts Read(string path, byte[] bytes)
    {
        try
        {
            using var image = new PEReader(new MemoryStream(bytes, writable: false));
            if (!image.HasMetadata)
            {
                return new AssemblyFacts(path, null, [], null);
            }

            CheckMachine(path, image.PEHeaders);
            var metadata = image.GetMetadataReader();
            if (!metadata.IsAssembly)
            {
                return new AssemblyFacts(path, null, [], null);
            }

            var name = metadata.GetAssemblyDefinition().GetAssemblyName();
            var references = metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName()).ToArray();
            return new AssemblyFacts(path, name, references, name.Name == Contract ? null : FindManifest(path, metadata));
        }
        catch (Exception fault) when (fault is BadImageFormatException or InvalidOperationException or IOException or ArgumentException or OverflowException)
        {
            throw new PluginFault($"{path} is no complete .NET assembly: it is damaged, cut off, or something else ({fault.Message.TrimEnd('.')}).", fault);
        }
    }

    private static void CheckMachine(string path, PEHeaders headers)
    {
        var machine = (ushort)headers.CoffHeader.Machine;
        var flags = headers.CorHeader!.Flags;
        var isPortable = machine == (ushort)Machine.I386 && (flags & CorFlags.Requires32Bit) == 0;
        ushort own = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (ushort)Machine.Amd64,
            Architecture.Arm64 => (ushort)Machine.Arm64,
            Architecture.X86 => (ushort)Machine.I386,
            Architecture.Arm => (ushort)Machine.ArmThumb2,
            _ => 0,
        };
        if (!isPortable && own != 0 && !s_systems.Any(system => (machine ^ system) == own))
        {
            throw new PluginFault($"{path} was built for another processor than {RuntimeInformation.ProcessArchitecture}: build it without a PlatformTarget and a RuntimeIdentifier, or with those of this machine.");
        }
    }

    private static PluginManifest? FindManifest(string path, MetadataReader metadata)
    {
        List<(TypeDefinition Type, CustomAttribute Attribute)> marked = [];
        foreach (var handle in metadata.TypeDefinitions)
        {
            var type = metadata.GetTypeDefinition(handle);
            foreach (var attribute in type.GetCustomAttributes())
            {
                if (IsManifest(metadata, metadata.GetCustomAttribute(attribute)))
                {
                    marked.Add((type, metadata.GetCustomAttribute(attribute)));
                }
            }
        }

        if (marked.Count == 0)
        {
            return null;
        }

        if (marked.Count > 1)
        {
            throw new PluginFault($"{path} has several classes with [SockeyePlugin], {string.Join(" and ", marked.Select(found => NameOf(metadata, found.Type)))}: a plugin is one class.");
        }

        var name = NameOf(metadata, marked[0].Type);
        if (ShapeFault(metadata, marked[0].Type) is { } fault)
        {
            throw new PluginFault($"{path}: {name} cannot be the plugin: {fault}.");
        }

        var manifest = Decode(path, marked[0].Attribute, name) with { ChecksConfiguration = Implements(metadata, marked[0].Type, nameof(IConfigurationCheck)) == true };
        return manifest.Fault() is { } wrong ? throw new PluginFault($"{path}: {wrong}.") : manifest;
    }

    private static PluginManifest Decode(string path, CustomAttribute attribute, string typeName)
    {
        CustomAttributeValue<string> value;
        try
        {
            value = attribute.DecodeValue(new AttributeTypes());
        }
        catch (Exception fault) when (fault is BadImageFormatException or PluginFault)
        {
            throw new PluginFault($"{path}: the attribute of {typeName} cannot be read: it was built against another Sockeye.Abstractions than {PluginContract.Version}.", fault);
        }

        var texts = value.FixedArguments.Select(argument => argument.Value).OfType<string>().ToArray();
        var numbers = value.FixedArguments.Select(argument => argument.Value).OfType<int>().ToArray();
        if (texts.Length < 2 || numbers.Length < 1)
        {
            throw new PluginFault($"{path}: the attribute of {typeName} lacks an id or a version, or was built against another Sockeye.Abstractions than {PluginContract.Version}.");
        }

        var named = value.NamedArguments.ToDictionary(argument => argument.Name!, argument => argument.Value);
        return new PluginManifest
        {
            Id = texts[0],
            Version = texts[1],
            Contract = numbers[0],
            Section = named.GetValueOrDefault(nameof(SockeyePluginAttribute.ConfigurationSection)) as string ?? texts[0],
            WhenFaulted = (FaultMode)(named.GetValueOrDefault(nameof(SockeyePluginAttribute.WhenFaulted)) as int? ?? 0),
            Refusals = (RefusalAnswer)(named.GetValueOrDefault(nameof(SockeyePluginAttribute.Refusals)) as int? ?? 0),
            TypeName = typeName,
        };
    }

    /// <summary>Why a class cannot be made and started; null: as far as its own assembly says, it can.</summary>
    private static string? ShapeFault(MetadataReader metadata, TypeDefinition type)
    {
        if ((type.Attributes & TypeAttributes.Abstract) != 0 || type.GetGenericParameters().Count > 0)
        {
            return "it is abstract, static or generic";
        }

        for (var outer = type; ; outer = metadata.GetTypeDefinition(outer.GetDeclaringType()))
        {
            if ((outer.Attributes & TypeAttributes.VisibilityMask) is not (TypeAttributes.Public or TypeAttributes.NestedPublic))
            {
                return "it is not public";
            }

            if (!outer.IsNested)
            {
                break;
            }
        }

        var hasConstructor = type.GetMethods().Select(metadata.GetMethodDefinition).Any(method =>
            metadata.StringComparer.Equals(method.Name, ".ctor") && (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public
            && metadata.GetBlobReader(method.Signature) is var signature && signature.ReadSignatureHeader() is { IsGeneric: false } && signature.ReadCompressedInteger() == 0);
        return !hasConstructor ? "it has no public constructor without parameters"
            : Implements(metadata, type, nameof(ISockeyePlugin)) == false ? "it does not implement ISockeyePlugin"
            : null;
    }

    /// <summary>Whether a class implements an interface of the contract; null: it has a base class elsewhere that may.</summary>
    private static bool? Implements(MetadataReader metadata, TypeDefinition type, string name)
    {
        for (var depth = 0; depth < 64; depth++)
        {
            foreach (var handle in type.GetInterfaceImplementations())
            {
                if (metadata.GetInterfaceImplementation(handle).Interface is { Kind: HandleKind.TypeReference } reference
                    && metadata.GetTypeReference((TypeReferenceHandle)reference) is var known
                    && metadata.StringComparer.Equals(known.Name, name) && metadata.StringComparer.Equals(known.Namespace, AttributeSpace))
                {
                    return true;
                }
            }

            if (type.BaseType.Kind != HandleKind.TypeDefinition)
            {
                return type.BaseType.Kind == HandleKind.TypeSpecification
                    || (type.BaseType.Kind == HandleKind.TypeReference && !metadata.StringComparer.Equals(metadata.GetTypeReference((TypeReferenceHandle)type.BaseType).Name, nameof(Object))) ? null : false;
            }

            type = metadata.GetTypeDefinition((TypeDefinitionHandle)type.BaseType);
        }

        return false;
    }

    private static bool IsManifest(MetadataReader metadata, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } parent
        && metadata.GetTypeReference((TypeReferenceHandle)parent) is var type
        && metadata.StringComparer.Equals(type.Name, nameof(SockeyePluginAttribute)) && metadata.StringComparer.Equals(type.Namespace, AttributeSpace);

    private static string NameOf(MetadataReader metadata, TypeDefinition type)
    {
        var name = metadata.GetString(type.Name);
        return type.IsNested ? $"{NameOf(metadata, metadata.GetTypeDefinition(type.GetDeclaringType()))}+{name}"
            : type.Namespace.IsNil ? name
            : $"{metadata.GetString(type.Namespace)}.{name}";
    }

    /// <summary>The types of an attribute's arguments, as far as they may come: texts, numbers, and enums of the contract, which are numbers.</summary>
    private sealed class AttributeTypes : ICustomAttributeTypeProvider<string>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSystemType() => "Type";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => "Enum";

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => "Enum";

        public string GetTypeFromSerializedName(string name) => "Enum";

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "Type";
    }
}

/// <summary>What an assembly says of itself.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Name">Its name; null: it is a native library.</param>
/// <param name="References">What it needs.</param>
/// <param name="Manifest">What its plugin says; null: it has none.</param>
internal sealed record AssemblyFacts(string Path, AssemblyName? Name, IReadOnlyList<AssemblyName> References, PluginManifest? Manifest);
