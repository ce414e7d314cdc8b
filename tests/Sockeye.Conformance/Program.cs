using System.Runtime.InteropServices;
using Sockeye.Conformance;

// Sockeye.Conformance [--base PORT] [--only OFFSET,OFFSET] [--loops N] [--ping MILLISECONDS] [--ping-timeout MILLISECONDS] [--ticks PER_SECOND] [--idle-trim SECONDS] [--cluster nats://ADDRESS]
var settings = Settings.Parse(args);
PauseWatch.Start();

using var ended = new SemaphoreSlim(0);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

await using (var profiles = new Profiles(settings))
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
