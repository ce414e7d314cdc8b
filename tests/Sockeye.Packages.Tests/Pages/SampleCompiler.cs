using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Emit;
using Sockeye.Packages.Tests.Feed;

namespace Sockeye.Packages.Tests.Pages;

/// <summary>Compiles samples as a new project would that references the packages. Any thread.</summary>
internal sealed class SampleCompiler
{
    /// <summary>What the SDK switches off for every project: assemblies that were built against an older runtime.</summary>
    private static readonly KeyValuePair<string, ReportDiagnostic>[] s_off = [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)];

    private readonly ImmutableArray<MetadataReference> _references;
    private readonly ImmutableArray<ISourceGenerator> _generators;
    private readonly SyntaxTree _usings;

    /// <summary>Takes references, source generators and implicit usings from a project.</summary>
    public SampleCompiler(ConsumerProject project)
    {
        _references = [.. project.References.Select(path => MetadataReference.CreateFromFile(path))];
        _generators = [.. project.Analyzers.SelectMany(path => new AnalyzerFileReference(path, new Loader()).GetGenerators(LanguageNames.CSharp))];
        _usings = CSharpSyntaxTree.ParseText(project.GlobalUsings, SampleSource.Parsing, "GlobalUsings.g.cs", Encoding.UTF8);
    }

    /// <summary>Compiles; what comes back says whether it is a program and what was complained of.</summary>
    /// <param name="name">The name of the assembly.</param>
    /// <param name="sources">The text of each file.</param>
    public CompiledSample Compile(string name, params IEnumerable<string> sources)
    {
        SyntaxTree[] trees = [.. sources.Select(source => CSharpSyntaxTree.ParseText(source, SampleSource.Parsing, "sample.cs", Encoding.UTF8))];
        var isProgram = trees.Select(tree => tree.GetCompilationUnitRoot()).Any(root => root.Members.Any(member => member is GlobalStatementSyntax)
            || root.DescendantNodes().OfType<MethodDeclarationSyntax>().Any(method => method.Identifier.Text == "Main" && method.Modifiers.Any(SyntaxKind.StaticKeyword)));
        var options = new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable,
            specificDiagnosticOptions: s_off);
        Compilation compilation = CSharpCompilation.Create(name, [_usings, .. trees], _references, options);
        CSharpGeneratorDriver.Create(_generators, parseOptions: SampleSource.Parsing).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out var generated);
        return new CompiledSample(compilation, isProgram, [.. compilation.GetDiagnostics().Concat(generated).Where(found => found.Severity >= DiagnosticSeverity.Warning)]);
    }

    /// <summary>
    /// The published types of our assemblies that stand on a type which is not referenced, and the members that name one: whoever uses them is told to
    /// reference what he did not ask for (CS0012). Overloads are one name.
    /// </summary>
    public IReadOnlyList<string> Incomplete()
    {
        var compilation = CSharpCompilation.Create("incomplete", references: _references);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var assembly in compilation.SourceModule.ReferencedAssemblySymbols.Where(assembly => assembly.Name.StartsWith("Sockeye", StringComparison.Ordinal)))
        {
            Look(assembly.GlobalNamespace, found);
        }

        return [.. found];
    }

    private static void Look(INamespaceOrTypeSymbol within, SortedSet<string> found)
    {
        foreach (var member in within.GetMembers().Where(member => member is INamespaceSymbol || member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal))
        {
            if (member is INamespaceSymbol space)
            {
                Look(space, found);
            }
            else if (member is INamedTypeSymbol type)
            {
                if (type.AllInterfaces.Any(IsMissing) || IsMissing(type.BaseType))
                {
                    found.Add(type.ToDisplayString());
                }
                else
                {
                    Look(type, found);
                }
            }
            else if (member is IMethodSymbol method ? IsMissing(method.ReturnType) || method.Parameters.Any(parameter => IsMissing(parameter.Type))
                : member is IPropertySymbol property ? IsMissing(property.Type) : member is IFieldSymbol field && IsMissing(field.Type))
            {
                found.Add($"{member.ContainingType.ToDisplayString()}.{member.Name}");
            }
        }
    }

    private static bool IsMissing(ITypeSymbol? type) => type switch
    {
        null => false,
        IErrorTypeSymbol => true,
        IArrayTypeSymbol array => IsMissing(array.ElementType),
        INamedTypeSymbol named => named.TypeArguments.Any(IsMissing) || IsMissing(named.BaseType),
        _ => false,
    };

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }
}

/// <summary>What the compiler made of a sample.</summary>
/// <param name="Compilation">The compilation.</param>
/// <param name="IsProgram">Whether it has an entry point.</param>
/// <param name="Complaints">Warnings and errors.</param>
internal sealed record CompiledSample(Compilation Compilation, bool IsProgram, IReadOnlyList<Diagnostic> Complaints)
{
    /// <summary>Whether it has tests of xUnit.</summary>
    public bool HasTests => Compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>()).Any(attribute => attribute.Name.ToString() is "Fact" or "Theory");

    /// <summary>Writes the assembly.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        var result = Compilation.Emit(file, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error)));
    }
}
