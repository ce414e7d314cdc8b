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
try
{
    shell.Invoke(null, output);
}
catch (RuntimeException e)
{
    Console.Error.WriteLine(e.ErrorRecord?.Exception.Message ?? e.Message);
    return 1;
}

foreach (var error in shell.Streams.Error)
{
    Console.Error.WriteLine(error.Exception.Message);
}

return shell.HadErrors ? 1 : 0;
