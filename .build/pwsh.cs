#:package System.Management.Automation@7.6.9
#:property ManagePackageVersionsCentrally=false
#:property PublishAot=false
#:property TreatWarningsAsErrors=false
#:property InvariantGlobalization=true

// Runs a PowerShell script on a machine that has the .NET SDK and no PowerShell: `dotnet run .build/pwsh.cs -- script.ps1 arguments`.
// Only the engine's own commands exist here (no modules), so the scripts keep to the language, .NET types and native programs.
using System.Management.Automation;
using System.Management.Automation.Runspaces;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: dotnet run .build/pwsh.cs -- script.ps1 [arguments]");
    return 2;
}

using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
runspace.Open();
using var shell = PowerShell.Create(runspace);
shell.AddCommand(Path.GetFullPath(args[0]));
foreach (var argument in args.AsSpan(1))
{
    shell.AddArgument(argument);
}

using var output = new PSDataCollection<PSObject>();
output.DataAdded += (_, e) => Console.WriteLine(output[e.Index]);

// What a native program writes to standard error comes as an error record, and says nothing of how it ended: apt-get gives hints there.
var failed = false;
shell.Streams.Error.DataAdded += (_, e) =>
{
    var error = shell.Streams.Error[e.Index];
    failed |= !error.FullyQualifiedErrorId.StartsWith("NativeCommandError", StringComparison.Ordinal);
    Console.Error.WriteLine(error.Exception.Message);
};
try
{
    shell.Invoke(null, output);
}
catch (RuntimeException e)
{
    Console.Error.WriteLine(e.ErrorRecord?.Exception.Message ?? e.Message);
    return 1;
}

return failed ? 1 : 0;
