using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Sockeye.Architecture.Tests;

/// <summary>
/// Which type of a project uses which other type of the same project, read from the built assembly: in signatures, fields, attributes and the code of methods.
/// A nested type counts as its outermost one. The group of a type is the first folder below the project that its source file is in.
/// </summary>
internal sealed partial class TypeGraph
{
    /// <summary>The group of what lies in the project's folder itself.</summary>
    public const string Root = "(root)";

    private readonly SortedDictionary<string, SortedSet<string>> _uses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> _files;
    private readonly List<(string Name, string Namespace)> _internals = [];

    private TypeGraph(string project)
    {
        Project = project;
        var folder = Path.GetDirectoryName(Repository.Projects[project])!;
        _files = Repository.SourcesOf(project)
            .SelectMany(path => Declaration().Matches(File.ReadAllText(path)).Select(match => (Type: match.Groups[1].Value, File: Path.GetRelativePath(folder, path).Replace('\\', '/'))))
            .GroupBy(known => known.Type, known => known.File, StringComparer.Ordinal)
            .ToDictionary(files => files.Key, files => files.Distinct().Order(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal);
        using var assembly = AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, project + ".dll"));
        foreach (var type in assembly.MainModule.Types)
        {
            Read(type);
            if (!type.IsPublic && _files.ContainsKey(NameOf(type)))
            {
                _internals.Add((NameOf(type), type.Namespace));
            }
        }
    }

    public string Project { get; }

    /// <summary>Types by name, each with the names of those that it uses.</summary>
    public IReadOnlyDictionary<string, SortedSet<string>> Uses => _uses;

    /// <summary>Source files of each type that is declared at the top of a file, by its name.</summary>
    public IReadOnlyDictionary<string, string[]> Files => _files;

    /// <summary>Types that the project's users do not see, with their namespaces.</summary>
    public IReadOnlyList<(string Name, string Namespace)> Internals => _internals;

    public static TypeGraph Of(string project) => new(project);

    public static string GroupOf(string file) => file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : Root;

    public string GroupOfType(string type) => GroupOf(_files[type][0]);

    /// <summary>The uses that cross from one group into another.</summary>
    public IEnumerable<(string From, string To, string User, string Used)> Crossings() =>
        from user in _uses
        from used in user.Value
        let groups = (From: GroupOfType(user.Key), To: GroupOfType(used))
        where groups.From != groups.To
        select (groups.From, groups.To, user.Key, used);

    private static TypeReference Outermost(TypeReference type)
    {
        var outer = type.GetElementType();
        while (outer.DeclaringType is { } declaring)
        {
            outer = declaring;
        }

        return outer;
    }

    private static string NameOf(TypeReference type) => type.Name.Split('`')[0];

    private void Read(TypeDefinition type)
    {
        var user = NameOf(Outermost(type));
        // made by the compiler
        if (!_files.ContainsKey(user))
        {
            return;
        }

        if (!_uses.ContainsKey(user))
        {
            _uses.Add(user, new SortedSet<string>(StringComparer.Ordinal));
        }

        Add(user, type.BaseType);
        foreach (var implemented in type.Interfaces)
        {
            Add(user, implemented.InterfaceType);
        }

        AddParts(user, type, type.CustomAttributes);
        foreach (var field in type.Fields)
        {
            Add(user, field.FieldType);
            AddAttributes(user, field.CustomAttributes);
        }

        foreach (var property in type.Properties)
        {
            AddAttributes(user, property.CustomAttributes);
        }

        foreach (var method in type.Methods)
        {
            Read(user, method);
        }

        foreach (var nested in type.NestedTypes)
        {
            Read(nested);
        }
    }

    private void Read(string user, MethodDefinition method)
    {
        Add(user, method.ReturnType);
        foreach (var parameter in method.Parameters)
        {
            Add(user, parameter.ParameterType);
        }

        AddParts(user, method, method.CustomAttributes);
        if (!method.HasBody)
        {
            return;
        }

        foreach (var variable in method.Body.Variables)
        {
            Add(user, variable.VariableType);
        }

        foreach (var handler in method.Body.ExceptionHandlers)
        {
            Add(user, handler.CatchType);
        }

        foreach (var instruction in method.Body.Instructions)
        {
            switch (instruction.Operand)
            {
                case TypeReference type:
                    Add(user, type);
                    break;
                case MemberReference member:
                    Add(user, member.DeclaringType);
                    if (member is GenericInstanceMethod generic)
                    {
                        foreach (var argument in generic.GenericArguments)
                        {
                            Add(user, argument);
                        }
                    }

                    break;
            }
        }
    }

    private void AddParts(string user, IGenericParameterProvider provider, IEnumerable<CustomAttribute> attributes)
    {
        foreach (var constraint in provider.GenericParameters.SelectMany(parameter => parameter.Constraints))
        {
            Add(user, constraint.ConstraintType);
        }

        AddAttributes(user, attributes);
    }

    private void AddAttributes(string user, IEnumerable<CustomAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            Add(user, attribute.AttributeType);
        }
    }

    private void Add(string user, TypeReference? used)
    {
        switch (used)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments)
                {
                    Add(user, argument);
                }

                break;
            case TypeSpecification specified:
                Add(user, specified.ElementType);
                return;
        }

        var outer = Outermost(used);
        var name = NameOf(outer);
        if (name != user && outer.Scope.Name.StartsWith(Project, StringComparison.Ordinal) && IsOfProject(outer) && _files.ContainsKey(name))
        {
            _uses[user].Add(name);
        }
    }

    private bool IsOfProject(TypeReference type) => type.Scope is ModuleDefinition || type.Scope.Name == Project || type.Scope.Name == Project + ".dll";

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|abstract|static|partial|readonly|ref|unsafe) )*(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?\[\].]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
