using System.Globalization;
using System.Runtime.InteropServices;
using Sockeye.Conformance;

var option = Array.IndexOf(args, "--base");
var basePort = option < 0 || option + 1 == args.Length ? 17100 : int.Parse(args[option + 1], CultureInfo.InvariantCulture);

using var ended = new SemaphoreSlim(0);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

await using (var profiles = new Profiles(basePort))
{
    await profiles.StartAsync();
    Console.WriteLine("ready");
    await ended.WaitAsync();
}

return 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.Release();
}
