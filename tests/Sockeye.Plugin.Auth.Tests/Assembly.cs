using Xunit.Sdk;
using Xunit.v3;

// Servers that are driven by hand hold the thread that drives them, and what they wait for needs another one.
[assembly: Parallelization(Mode = ParallelMode.None)]
